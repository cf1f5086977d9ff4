import type { NewQueueBody, NodeView, QueueChange, QueueView } from '@millrace/protocol/api';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

export const poolKeys = { all: ['queues'] as const, nodes: (search: string) => ['nodes', search] as const };

export interface Pools {
  readonly items: readonly QueueView[];
  readonly capacity: { readonly vcores: number; readonly memoryMb: number };
  readonly asOf: string;
}

export function usePools() {
  return useQuery({
    queryKey: poolKeys.all,
    queryFn: ({ signal }) => call<Pools>('GET', '/queues', undefined, signal),
    refetchInterval: 10_000,
  });
}

export function useDoChangePool() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, change }: { name: string; change: QueueChange }) =>
      call<{ queue: QueueView; warnings: { path: string; message: string }[] }>(
        'PATCH',
        `/queues/${encodeURIComponent(name)}`,
        change,
      ),
    onSettled: () => cache.invalidateQueries({ queryKey: poolKeys.all }),
  });
}

export function useDoAddPool() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (pool: NewQueueBody) => call<{ queue: QueueView }>('POST', '/queues', pool),
    onSettled: () => cache.invalidateQueries({ queryKey: poolKeys.all }),
  });
}

export function useDoRemovePool() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => call<{ ok: true }>('DELETE', `/queues/${encodeURIComponent(name)}`),
    onSettled: () => cache.invalidateQueries({ queryKey: poolKeys.all }),
  });
}

export function useNodes(search: string) {
  return useQuery({
    queryKey: poolKeys.nodes(search),
    queryFn: ({ signal }) =>
      call<{ items: NodeView[]; total: number; asOf: string }>('GET', `/nodes?${search}`, undefined, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}
