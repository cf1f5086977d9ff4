import type { MetricDefinition } from './metric.ts';

/**
 * The catalogue of the broker: what the embedded broker may tell, with Apache Kafka's name for the same thing where there
 * is one. Counters count from the start of the broker; a reader computes rates.
 */
export const BROKER_METRICS = {
  broker_connections: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'connection-count',
    help: 'Connections that are open.',
  },
  broker_requests_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    native: 'RequestsPerSec',
    help: 'Requests that arrived.',
  },
  broker_request_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'RequestBytes',
    help: 'Bytes of requests.',
  },
  broker_response_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'outgoing-byte-total',
    help: 'Bytes of answers.',
  },
  broker_produced_batches_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    help: 'Batches that were appended.',
  },
  broker_produced_records_total: {
    kind: 'counter',
    unit: 'records',
    across: 'sum',
    native: 'MessagesInPerSec',
    help: 'Records that were appended.',
  },
  broker_produced_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'BytesInPerSec',
    help: 'Bytes that were appended.',
  },
  broker_fetched_bytes_total: {
    kind: 'counter',
    unit: 'bytes',
    across: 'sum',
    native: 'BytesOutPerSec',
    help: 'Bytes of records that were sent to consumers.',
  },
  broker_duplicate_batches_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    help: 'Batches that producers sent again and that were there already.',
  },
  broker_disk_syncs_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    native: 'LogFlushRateAndTimeMs',
    help: 'Calls of fdatasync.',
  },
  broker_failed_requests_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    help: 'Requests that ended their connection.',
  },
  broker_failed_authentications_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    native: 'failed-authentication-total',
    help: 'Log-ins that were refused.',
  },
  broker_throttled_requests_total: {
    kind: 'counter',
    unit: 'count',
    across: 'sum',
    help: 'Requests after which a client had to rest because of a quota.',
  },
  broker_throttled_ms_total: {
    kind: 'counter',
    unit: 'ms',
    across: 'sum',
    native: 'throttle-time',
    help: 'How long clients had to rest because of quotas, together.',
  },
  broker_partitions: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'PartitionCount',
    help: 'Partitions of all topics.',
  },
  broker_log_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    across: 'sum',
    native: 'Size',
    help: 'Bytes in the logs of all partitions.',
  },
  broker_open_files: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    help: 'Log files that are open, at most some hundred.',
  },
  broker_groups: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'NumGroups',
    help: 'Consumer groups with members or committed offsets.',
  },
  broker_open_transactions: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    help: 'Transactions that are neither committed nor aborted.',
  },
  broker_fetch_sessions: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'NumIncrementalFetchSessions',
    help: 'Consumers that are told news only.',
  },
  broker_memory_rss_bytes: {
    kind: 'gauge',
    unit: 'bytes',
    across: 'sum',
    help: 'Resident memory of the process.',
  },
  broker_software_connections: {
    kind: 'gauge',
    unit: 'count',
    across: 'sum',
    native: 'ClientSoftwareName',
    help: 'Connections by what clients say they are.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type BrokerMetricName = keyof typeof BROKER_METRICS;
