'use client';
import { Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { Failed, formatDuration, TimeChart, timeZoneOf } from '@millrace/ui';
import { useUrlState } from '../../client/url-state.ts';
import { chartsOf } from '../metrics/charts.ts';
import { useMetrics } from '../metrics/queries.ts';

const RANGES = [
  { label: '5 min', value: '300000' },
  { label: '15 min', value: '900000' },
  { label: '1 h', value: '3600000' },
  { label: '6 h', value: '21600000' },
  { label: '24 h', value: '86400000' },
];

const SHORTEST = '300000';

/** All charts share one time range. */
export function MetricsTab({ jobId }: { readonly jobId: string }) {
  const url = useUrlState();
  const range = RANGES.find(({ value }) => value === url.get('range'))?.value ?? SHORTEST;
  const { data, error, refetch } = useMetrics(jobId, Number(range));
  if (error !== null && data === undefined) return <Failed what="metrics" error={error} onRetry={refetch} />;
  const bounds = { from: data?.from ?? 0, to: data?.to ?? 1, resolutionMs: data?.resolutionMs ?? 1_000 };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <SegmentedControl
          aria-label="Time range"
          data={RANGES}
          value={range}
          onChange={(next) => url.set({ range: next === SHORTEST ? undefined : next })}
        />
        <Text size="xs" c="dimmed">
          {data === undefined
            ? ''
            : `one point per ${formatDuration(data.resolutionMs)}; a gap is a time without reports; times in ${timeZoneOf(data.to)}`}
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {chartsOf(data?.points ?? []).map(({ onlyWhenReported: _, ...chart }) => (
          <TimeChart key={`${chart.title} ${chart.unit}`} {...chart} points={data?.points ?? []} {...bounds} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
