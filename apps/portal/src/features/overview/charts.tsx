'use client';
import { SimpleGrid } from '@mantine/core';
import { TimeChart } from '@millrace/ui';
import { LAG_RECORDS, THROUGHPUT } from '../metrics/charts.ts';
import { useMetrics } from '../metrics/queries.ts';

const RANGE_MS = 15 * 60_000;

/** All jobs together, over the last quarter of an hour. */
export function Charts() {
  const { data } = useMetrics(undefined, RANGE_MS);
  const range = { from: data?.from ?? 0, to: data?.to ?? 1, resolutionMs: data?.resolutionMs ?? 1_000 };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
      {[THROUGHPUT, LAG_RECORDS].map((chart) => (
        <TimeChart key={`${chart.title} ${chart.unit}`} {...chart} points={data?.points ?? []} {...range} />
      ))}
    </SimpleGrid>
  );
}
