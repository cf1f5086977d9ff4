import type {
  CheckpointView,
  ContainerView,
  EventView,
  JobDetailView,
  JobSummaryView,
  PlanView,
  SettingsInput,
  StateComparison,
  VersionView,
} from '@millrace/protocol/api';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

export const jobKeys = {
  lists: ['jobs'] as const,
  list: (search: string) => ['jobs', search] as const,
  one: (id: string) => ['job', id] as const,
  part: (id: string, part: string) => ['job', id, part] as const,
};

export function useJobs(search: string) {
  return useQuery({
    queryKey: jobKeys.list(search),
    queryFn: ({ signal }) =>
      call<{ items: JobSummaryView[]; total: number }>('GET', `/jobs?${search}`, undefined, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

export function useJob(id: string) {
  return useQuery({
    queryKey: jobKeys.one(id),
    queryFn: ({ signal }) => call<JobDetailView>('GET', `/jobs/${id}`, undefined, signal),
    refetchInterval: 5_000,
  });
}

function usePart<T>(id: string, part: string, refetchInterval = 5_000) {
  return useQuery({
    queryKey: jobKeys.part(id, part),
    queryFn: async ({ signal }) => (await call<{ items: T[] }>('GET', `/jobs/${id}/${part}`, undefined, signal)).items,
    placeholderData: keepPreviousData,
    refetchInterval,
  });
}

/** `search`: what the URL filters by and where in the list one is. */
export function useCheckpoints(id: string, search: string) {
  return useQuery({
    queryKey: jobKeys.part(id, `checkpoints?${search}`),
    queryFn: ({ signal }) => call<CheckpointPage>('GET', `/jobs/${id}/checkpoints?${search}`, undefined, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });
}

interface CheckpointPage {
  readonly items: readonly CheckpointView[];
  readonly totals: { readonly completed: number; readonly failed: number; readonly savepoints: number };
}

export const useContainers = (id: string) => usePart<ContainerView>(id, 'containers', 3_000);
export const useEvents = (id: string, search: string) => usePart<EventView>(id, `events?${search}`);
export const useVersions = (id: string) => usePart<VersionView>(id, 'versions', 30_000);

/** A version never changes, so neither does its plan. */
export function useVersionPlan(id: string, version: number) {
  return useQuery({
    queryKey: jobKeys.part(id, `plan-${version}`),
    queryFn: ({ signal }) => call<PlanView>('GET', `/jobs/${id}/versions/${version}/plan`, undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether a saved version, or a program that is being written, could go on from where the job stands. */
export function useStateComparison(
  id: string,
  compared: { version: number } | { sql: string; settings: SettingsInput } | undefined,
) {
  return useQuery({
    queryKey: jobKeys.part(id, `state ${JSON.stringify(compared)}`),
    queryFn: async ({ signal }) => {
      const path = `/jobs/${id}/versions/compare-state`;
      return (await call<{ comparison: StateComparison | null }>('POST', path, compared, signal)).comparison;
    },
    enabled: compared !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
}

export type JobAction = 'start' | 'stop' | 'cancel' | 'savepoints';

export function useDoJobAction(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ action, body }: { action: JobAction; body?: unknown }) =>
      call<unknown>('POST', `/jobs/${id}/${action}`, body ?? {}),
    onSettled: () => cache.invalidateQueries({ queryKey: jobKeys.one(id) }),
  });
}

export function useDoDeleteJob(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => call<{ ok: true }>('DELETE', `/jobs/${id}`),
    onSuccess: () => cache.invalidateQueries({ queryKey: jobKeys.lists }),
  });
}
