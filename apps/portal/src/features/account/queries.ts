import type { AuditEntryView, Session, User } from '@millrace/protocol/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
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

export function useDoChangePassword() {
  return useMutation({
    mutationFn: (passwords: { current: string; next: string }) => call<Session>('POST', '/session/password', passwords),
  });
}

export function useUsers(enabled: boolean) {
  return useQuery({
    queryKey: ['users'],
    queryFn: async ({ signal }) => (await call<{ items: User[] }>('GET', '/users', undefined, signal)).items,
    enabled,
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
    mutationFn: ({ id, ...change }: { id: string; role?: User['role']; disabled?: boolean }) =>
      call<User>('PATCH', `/users/${id}`, change),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['users'] }),
  });
}

export function useAudit(enabled: boolean) {
  return useQuery({
    queryKey: ['audit'],
    queryFn: async ({ signal }) => (await call<{ items: AuditEntryView[] }>('GET', '/audit', undefined, signal)).items,
    enabled,
  });
}
