import type { Explanation, OutlineView, PreviewResult, SettingsInput } from '@millrace/protocol/api';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

/** What the engine would run for this text, or everything that is wrong with it. */
export function useExplanation(text: string, settings: SettingsInput) {
  return useQuery({
    queryKey: ['explain', text, settings],
    queryFn: ({ signal }) => call<Explanation>('POST', '/sql/explain', { text, settings }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** The statements of a text. */
export function useOutline(text: string) {
  return useQuery({
    queryKey: ['outline', text],
    queryFn: ({ signal }) => call<OutlineView>('POST', '/sql/outline', { text }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function useDoPreview() {
  return useMutation({
    mutationFn: (program: { text: string; settings: SettingsInput }) =>
      call<PreviewResult>('POST', '/sql/preview', program),
  });
}

export function useDoCreateJob() {
  return useMutation({
    mutationFn: async ({ start, ...job }: { name: string; sql: string; settings: SettingsInput; start: boolean }) => {
      const { id } = await call<{ id: string }>('POST', '/jobs', job);
      if (start) await call('POST', `/jobs/${id}/start`, {});
      return id;
    },
  });
}

export function useDoSaveVersion(jobId: string) {
  return useMutation({
    mutationFn: (version: { sql: string; settings: SettingsInput; basedOn: number; comment?: string }) =>
      call<{ version: number }>('POST', `/jobs/${jobId}/versions`, version),
  });
}
