import { METRICS, type MetricName } from '@millrace/model';
import type { MetricSeries } from '@millrace/protocol/api';
import { type ChartSeries, formatBytes, formatCount, formatDuration, formatRate, formatRatio } from '@millrace/ui';

/** One chart: which metrics it draws, and how their values read. */
export interface ChartSpec {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly (ChartSeries & { readonly key: MetricName })[];
  readonly format: (value: number) => string;
  /** Rates and shares: the axis is divided below one. */
  readonly hasFractions?: true;
  /** Of a kind of step that few jobs have: not drawn where nothing of it was reported. */
  readonly onlyWhenReported?: true;
}

const BLUE = '#2b8dc8';
const TEAL = '#12a37f';
const ORANGE = '#e8870e';
const RED = '#d6455d';

export const THROUGHPUT: ChartSpec = {
  title: 'Throughput',
  unit: 'records/s',
  series: [
    { key: 'records_in_per_second', label: 'in', color: BLUE },
    { key: 'records_out_per_second', label: 'out', color: TEAL },
  ],
  format: formatRate,
  hasFractions: true,
};

export const LAG_RECORDS: ChartSpec = {
  title: 'Consumer lag',
  unit: 'records',
  series: [{ key: 'source_lag_records', label: 'behind', color: ORANGE }],
  format: formatCount,
};

export const LAG_TIME: ChartSpec = {
  title: 'Consumer lag',
  unit: 'time behind',
  series: [{ key: 'source_lag_ms', label: 'behind', color: ORANGE }],
  format: formatDuration,
};

/** The charts of a job's metrics tab, in reading order. */
const JOB_CHARTS: readonly ChartSpec[] = [
  THROUGHPUT,
  LAG_RECORDS,
  LAG_TIME,
  {
    title: 'Watermark lag',
    unit: 'time behind the clock',
    series: [{ key: 'watermark_lag_ms', label: 'behind the clock', color: BLUE }],
    format: formatDuration,
  },
  {
    title: 'Work',
    unit: 'share of time',
    series: [
      { key: 'busy_ratio', label: 'busy', color: RED },
      { key: 'backpressure_ratio', label: 'backpressured', color: ORANGE },
      { key: 'idle_ratio', label: 'idle', color: BLUE },
    ],
    format: formatRatio,
    hasFractions: true,
  },
  {
    title: 'Checkpoint duration',
    unit: 'time',
    series: [{ key: 'checkpoint_duration_ms', label: 'last', color: TEAL }],
    format: formatDuration,
  },
  {
    title: 'Checkpoint and state size',
    unit: 'bytes',
    series: [
      { key: 'checkpoint_size_bytes', label: 'checkpoint', color: TEAL },
      { key: 'state_size_bytes', label: 'state', color: BLUE },
    ],
    format: formatBytes,
  },
  {
    title: 'Records set aside',
    unit: 'records, since the run began',
    series: [
      { key: 'records_rejected_total', label: 'dead letters', color: RED },
      { key: 'late_records_dropped_total', label: 'late, dropped', color: ORANGE },
    ],
    format: formatCount,
  },
  {
    title: 'Records left out at the source',
    unit: 'records, since the run began',
    series: [{ key: 'records_filtered_at_source_total', label: 'refused by a condition', color: BLUE }],
    format: formatCount,
    onlyWhenReported: true,
  },
  {
    title: 'Lookups',
    unit: 'since the run began',
    series: [
      { key: 'lookups_total', label: 'records', color: BLUE },
      { key: 'lookup_cache_hits_total', label: 'cached', color: TEAL },
      { key: 'lookup_requests_total', label: 'requests', color: ORANGE },
      { key: 'lookup_failures_total', label: 'failed', color: RED },
    ],
    format: formatCount,
    onlyWhenReported: true,
  },
  {
    title: 'Lookup requests',
    unit: 'time of the latest',
    series: [{ key: 'lookup_request_ms', label: 'slowest subtask', color: ORANGE }],
    format: formatDuration,
    onlyWhenReported: true,
  },
  {
    title: 'Rows cached by lookups',
    unit: 'rows',
    series: [{ key: 'lookup_cached_rows', label: 'in memory', color: TEAL }],
    format: formatCount,
    onlyWhenReported: true,
  },
];

/** The charts that have something to say of these points. Pure. */
export function chartsOf(points: MetricSeries['points']): readonly ChartSpec[] {
  const reported = new Set(points.flatMap(({ values }) => Object.keys(values)));
  return JOB_CHARTS.filter(
    ({ series, onlyWhenReported }) => !onlyWhenReported || series.some(({ key }) => reported.has(key)),
  );
}

/** Help for a tooltip: what the number is, and what Flink calls it. */
export function helpOf(name: MetricName): string {
  const metric: { readonly help: string; readonly native?: string } = METRICS[name];
  return metric.native === undefined ? metric.help : `${metric.help} Flink: ${metric.native}.`;
}
