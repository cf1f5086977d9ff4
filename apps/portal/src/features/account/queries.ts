import type { AuditEntryView, OperationName, Session, User } from '@millrace/protocol/api';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, rememberCsrfToken } from '../../client/api-client.ts';

export const sessionKey = ['session'] as const;

async function loadSession(signal?: AbortSignal): Promise<Session> {
  const session = await call<Session>('GET', '/session', undefined, signal);
  rememberCsrfToken(session.csrfToken);
  return session;
}

/** Retried only for trouble on the way; "not signed in" is an answer. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => loadSession(signal),
    retry: false,
    staleTime: 60_000,
  });
}

/** Whether the API would let this person call an operation: what it refuses is not offered. */
export function useMay(): (operation: OperationName) => boolean {
  const allowed = useSession().data?.allowed ?? [];
  return (operation) => allowed.includes(operation);
}

export function useDoSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { username: string; password: string }) => call<Session>('POST', '/session', credentials),
    onSuccess: (session) => {
      rememberCsrfToken(session.csrfToken);
      cache.setQueryData(sessionKey, session);
    },
  });
}

export function useDoSignOut() {
  const cache = useQueryClient();
  return useMutation({ mutationFn: () => call<{ ok: true }>('DELETE', '/session'), onSettled: () => cache.clear() });
}

/** The server answers with a new session: the old one, and every other, has ended. */
export function useDoChangePassword() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (passwords: { current: string; next: string }) => call<Session>('POST', '/session/password', passwords),
    onSuccess: (session) => {
      rememberCsrfToken(session.csrfToken);
      cache.setQueryData(sessionKey, session);
    },
  });
}

export function useUsers(search: string) {
  return useQuery({
    queryKey: ['users', search],
    queryFn: ({ signal }) => call<{ items: User[]; total: number }>('GET', `/users?${search}`, undefined, signal),
    placeholderData: keepPreviousData,
  });
}

export function useDoCreateUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (user: { username: string; displayName: string; role: User['role']; password: string }) =>
      call<User>('POST', '/users', user),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['users'] }),
  });
}

export function useDoChangeUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string; role?: User['role']; disabled?: boolean; password?: string }) =>
      call<User>('PATCH', `/users/${id}`, change),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['users'] }),
  });
}

/** Newest first; `search` says whose, on what, and older than which. */
export function useAudit(search: string) {
  return useQuery({
    queryKey: ['audit', search],
    queryFn: async ({ signal }) =>
      (await call<{ items: AuditEntryView[] }>('GET', `/audit?${search}`, undefined, signal)).items,
    placeholderData: keepPreviousData,
  });
}
