import type { OverviewView } from '@millrace/protocol/api';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

export const overviewKey = ['overview'] as const;

export function useOverview() {
  return useQuery({
    queryKey: overviewKey,
    queryFn: ({ signal }) => call<OverviewView>('GET', '/overview', undefined, signal),
    refetchInterval: 10_000,
  });
}
