'use client';
import { Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { Failed, formatDuration, TimeChart, timeZoneOf } from '@millrace/ui';
import { useState } from 'react';
import { JOB_CHARTS } from '../metrics/charts.ts';
import { useMetrics } from '../metrics/queries.ts';

const RANGES = [
  { label: '5 min', value: '300000' },
  { label: '15 min', value: '900000' },
  { label: '1 h', value: '3600000' },
  { label: '6 h', value: '21600000' },
  { label: '24 h', value: '86400000' },
];

/** All charts share one time range. */
export function MetricsTab({ jobId }: { readonly jobId: string }) {
  const [range, setRange] = useState('300000');
  const { data, error, refetch } = useMetrics(jobId, Number(range));
  if (error !== null) return <Failed what="metrics" error={error} onRetry={refetch} />;
  const bounds = { from: data?.from ?? 0, to: data?.to ?? 1, resolutionMs: data?.resolutionMs ?? 1_000 };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <SegmentedControl aria-label="Time range" data={RANGES} value={range} onChange={setRange} />
        <Text size="xs" c="dimmed">
          {data === undefined
            ? ''
            : `one point per ${formatDuration(data.resolutionMs)}; a gap is a time without reports; times in ${timeZoneOf(data.to)}`}
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        {JOB_CHARTS.map((chart) => (
          <TimeChart key={`${chart.title} ${chart.unit}`} {...chart} points={data?.points ?? []} {...bounds} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
