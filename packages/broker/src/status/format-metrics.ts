import { BROKER_METRICS, type BrokerMetricName } from '@millrace/model';
import type { ConnectedSoftware } from '../connections/connected-clients.ts';
import type { BrokerHoldings } from '../holdings.ts';
import type { BrokerMetrics } from '../metrics.ts';

type Metrics = BrokerMetrics & BrokerHoldings;

/** Kinds of software with a line of their own; the rest are counted together. Clients say what they are, so there may be any number. */
const SOFTWARE_MAX = 50;

/** What each figure is called in the catalogue. */
const NAMES: Readonly<Record<keyof Metrics, BrokerMetricName>> = {
  connections: 'broker_connections',
  requests: 'broker_requests_total',
  requestBytes: 'broker_request_bytes_total',
  responseBytes: 'broker_response_bytes_total',
  producedBatches: 'broker_produced_batches_total',
  producedRecords: 'broker_produced_records_total',
  producedBytes: 'broker_produced_bytes_total',
  fetchedBytes: 'broker_fetched_bytes_total',
  duplicateBatches: 'broker_duplicate_batches_total',
  diskSyncs: 'broker_disk_syncs_total',
  failedRequests: 'broker_failed_requests_total',
  failedAuthentications: 'broker_failed_authentications_total',
  throttledRequests: 'broker_throttled_requests_total',
  throttledMs: 'broker_throttled_ms_total',
  partitions: 'broker_partitions',
  logBytes: 'broker_log_bytes',
  openFiles: 'broker_open_files',
  groups: 'broker_groups',
  openTransactions: 'broker_open_transactions',
  fetchSessions: 'broker_fetch_sessions',
  memoryRssBytes: 'broker_memory_rss_bytes',
};

/** Prometheus text exposition format 0.0.4; names are those of the catalogue behind `millrace_`. */
export function formatMetrics(metrics: Metrics, software: readonly ConnectedSoftware[]): string {
  const lines = (Object.keys(NAMES) as (keyof Metrics)[]).flatMap((key) => {
    const name = NAMES[key];
    return [...heading(name), `${PREFIX}${name} ${metrics[key]}`];
  });
  const others = software.slice(SOFTWARE_MAX).reduce((sum, { connections }) => sum + connections, 0);
  const kinds = software.slice(0, SOFTWARE_MAX);
  const shown = others === 0 ? kinds : [...kinds, { name: 'others', version: '', connections: others }];
  lines.push(...heading('broker_software_connections'));
  for (const { name, version, connections } of shown) {
    lines.push(`${PREFIX}broker_software_connections{name="${name}",version="${version}"} ${connections}`);
  }
  return `${lines.join('\n')}\n`;
}

const PREFIX = 'millrace_';

function heading(name: BrokerMetricName): string[] {
  const { kind, help } = BROKER_METRICS[name];
  return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${kind}`];
}
