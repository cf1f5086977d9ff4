export type MetricKind = 'counter' | 'gauge' | 'histogram';
export type MetricUnit = 'records' | 'bytes' | 'ms' | 'ratio' | 'count' | 'records/s' | 'bytes/s';

export interface MetricDefinition {
  readonly kind: MetricKind;
  readonly unit: MetricUnit;
  /** How values of several subtasks become one: rates and counts add up, ratios average, lags take the worst. */
  readonly across: 'sum' | 'max' | 'min' | 'mean';
  /** Flink's name for the same thing, where there is one; shown on hover. */
  readonly native?: string;
  readonly help: string;
}

/** The catalogue. An engine may only emit, and the portal may only chart, what is listed here. */
export const METRICS = {
  records_in_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'numRecordsIn',
    help: 'Records taken from upstream.',
  },
  records_out_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'numRecordsOut',
    help: 'Records sent downstream; of a whole job: records written to its sinks.',
  },
  records_written_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'numRecordsSend',
    help: 'Records written to the sinks, without dead letters.',
  },
  bytes_in_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'numBytesIn',
    help: 'Bytes read from outside or from the network.',
  },
  bytes_out_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'numBytesOut',
    help: 'Bytes written outside or to the network.',
  },
  records_in_per_second: {
    kind: 'gauge',
    unit: 'records/s',
    across: 'sum',
    native: 'numRecordsInPerSecond',
    help: 'Records taken from upstream, per second.',
  },
  records_out_per_second: {
    kind: 'gauge',
    unit: 'records/s',
    across: 'sum',
    native: 'numRecordsOutPerSecond',
    help: 'Records sent downstream, per second; of a whole job: records written to its sinks.',
  },
  records_written_per_second: {
    kind: 'gauge',
    unit: 'records/s',
    across: 'sum',
    native: 'numRecordsSendPerSecond',
    help: 'Records written to the sinks, without dead letters, per second.',
  },
  records_rejected_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    help: 'Records that could not be decoded and went to the dead-letter output.',
  },
  records_filtered_at_source_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    help: 'Records read and left out by the source, because a condition of the query refuses them; part of the records taken in.',
  },
  late_records_dropped_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'numLateRecordsDropped',
    help: 'Records that came after their window had closed.',
  },
  watermark: {
    kind: 'gauge',
    unit: 'ms',
    across: 'min',
    native: 'currentOutputWatermark',
    help: 'Event time up to which the input is complete, epoch ms.',
  },
  watermark_lag_ms: {
    kind: 'gauge',
    unit: 'ms',
    across: 'max',
    native: 'watermarkLag',
    help: 'Wall clock minus watermark.',
  },
  source_lag_records: {
    kind: 'gauge',
    unit: 'records',
    across: 'sum',
    native: 'pendingRecords',
    help: 'Records in the source not yet read.',
  },
  source_lag_ms: {
    kind: 'gauge',
    unit: 'ms',
    across: 'max',
    native: 'currentFetchEventTimeLag',
    help: 'Age of the oldest record not yet read; 0 when caught up.',
  },
  busy_ratio: {
    kind: 'gauge',
    unit: 'ratio',
    across: 'mean',
    native: 'busyTimeMsPerSecond',
    help: 'Share of time a task was processing.',
  },
  backpressure_ratio: {
    kind: 'gauge',
    unit: 'ratio',
    across: 'mean',
    native: 'backPressuredTimeMsPerSecond',
    help: 'Share of time a task waited on a full output.',
  },
  idle_ratio: {
    kind: 'gauge',
    unit: 'ratio',
    across: 'mean',
    native: 'idleTimeMsPerSecond',
    help: 'Share of time a task had nothing to do.',
  },
  state_size_bytes: { kind: 'gauge', unit: 'bytes', across: 'sum', help: 'Keyed state held in memory.' },
  checkpoint_duration_ms: {
    kind: 'gauge',
    unit: 'ms',
    across: 'max',
    native: 'lastCheckpointDuration',
    help: 'Last checkpoint, trigger to completion.',
  },
  checkpoint_size_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    across: 'max',
    native: 'lastCheckpointSize',
    help: 'Bytes written by the last checkpoint.',
  },
  checkpoint_age_ms: { kind: 'gauge', unit: 'ms', across: 'max', help: 'Time since the last completed checkpoint.' },
  lookups_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    help: 'Records for which a lookup join needed the rows of a key.',
  },
  lookup_cache_hits_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'hitCount',
    help: 'Records whose lookup was answered by the cache.',
  },
  lookup_requests_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    native: 'loadCount',
    help: 'Requests made to tables of lookup joins, repeated ones included.',
  },
  lookup_failures_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    native: 'numLoadFailures',
    help: 'Requests to tables of lookup joins that failed.',
  },
  lookup_request_ms: {
    kind: 'gauge',
    unit: 'ms',
    across: 'max',
    native: 'latestLoadTime',
    help: 'Time the latest request to a table of a lookup join took, the slowest of all subtasks.',
  },
  lookup_cached_rows: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'numCachedRecord',
    help: 'Rows of tables that lookup joins keep in memory.',
  },
  restarts_total: {
    kind: 'counter',
    unit: 'count',
    across: 'max',
    native: 'numRestarts',
    help: 'Times the job was restarted from a checkpoint in this run.',
  },
  memory_rss_bytes: { kind: 'gauge', unit: 'bytes', across: 'sum', help: 'Resident memory of the containers.' },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
