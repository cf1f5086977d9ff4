import type { MetricSeries } from '@millrace/protocol/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

/** Figures of one job, or of all together, over the last `rangeMs`; asked again every three seconds for short ranges, more rarely for long ones. */
export function useMetrics(jobId: string | undefined, rangeMs: number) {
  const path = jobId === undefined ? '/metrics' : `/jobs/${jobId}/metrics`;
  return useQuery({
    queryKey: ['metrics', jobId ?? 'all', rangeMs],
    queryFn: ({ signal }) => {
      const to = Date.now();
      return call<MetricSeries>('GET', `${path}?from=${to - rangeMs}&to=${to}`, undefined, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: Math.max(3_000, rangeMs / 300),
  });
}
