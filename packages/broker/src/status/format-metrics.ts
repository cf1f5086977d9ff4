import type { ConnectedSoftware } from '../connections/connected-clients.ts';
import type { BrokerHoldings } from '../holdings.ts';
import type { BrokerMetrics } from '../metrics.ts';

type Metrics = BrokerMetrics & BrokerHoldings;

/** Kinds of software with a line of their own; the rest are counted together. Clients say what they are, so there may be any number. */
const SOFTWARE_MAX = 50;

/** Name in the Prometheus sense, without the prefix; the counters' names end in `_total`. */
const NAMES: Readonly<Record<keyof Metrics, { readonly name: string; readonly help: string }>> = {
  connections: { name: 'connections', help: 'Connections that are open.' },
  requests: { name: 'requests_total', help: 'Requests that arrived.' },
  requestBytes: { name: 'request_bytes_total', help: 'Their bytes.' },
  responseBytes: { name: 'response_bytes_total', help: 'Bytes of answers.' },
  producedBatches: { name: 'produced_batches_total', help: 'Batches that were appended.' },
  producedRecords: { name: 'produced_records_total', help: 'Records in them.' },
  producedBytes: { name: 'produced_bytes_total', help: 'Their bytes.' },
  fetchedBytes: { name: 'fetched_bytes_total', help: 'Bytes of records that were sent.' },
  duplicateBatches: { name: 'duplicate_batches_total', help: 'Batches that producers sent again and that were there.' },
  diskSyncs: { name: 'disk_syncs_total', help: 'Calls of fdatasync.' },
  failedRequests: { name: 'failed_requests_total', help: 'Requests that ended their connection.' },
  failedAuthentications: { name: 'failed_authentications_total', help: 'Log-ins that were refused.' },
  throttledRequests: { name: 'throttled_requests_total', help: 'Requests after which a client had to rest.' },
  throttledMs: { name: 'throttled_milliseconds_total', help: 'For how long together.' },
  partitions: { name: 'partitions', help: 'Partitions of all topics.' },
  logBytes: { name: 'log_bytes', help: 'Bytes in their logs.' },
  openFiles: { name: 'open_files', help: 'Log files that are open, at most some hundred.' },
  groups: { name: 'groups', help: 'Consumer groups with members or committed offsets.' },
  openTransactions: { name: 'open_transactions', help: 'Transactions that are neither committed nor aborted.' },
  fetchSessions: { name: 'fetch_sessions', help: 'Consumers that are told news only.' },
  memoryRssBytes: { name: 'memory_rss_bytes', help: 'Resident memory of the process.' },
};

/** Prometheus text exposition format 0.0.4. */
export function formatMetrics(metrics: Metrics, software: readonly ConnectedSoftware[]): string {
  const lines = (Object.keys(NAMES) as (keyof Metrics)[]).flatMap((key) => {
    const { name, help } = NAMES[key];
    return [...heading(name, help), `${PREFIX}${name} ${metrics[key]}`];
  });
  const others = software.slice(SOFTWARE_MAX).reduce((sum, { connections }) => sum + connections, 0);
  const kinds = software.slice(0, SOFTWARE_MAX);
  const shown = others === 0 ? kinds : [...kinds, { name: 'others', version: '', connections: others }];
  lines.push(...heading('software_connections', 'Connections by what clients say they are.'));
  for (const { name, version, connections } of shown) {
    lines.push(`${PREFIX}software_connections{name="${name}",version="${version}"} ${connections}`);
  }
  return `${lines.join('\n')}\n`;
}

const PREFIX = 'millrace_broker_';

function heading(name: string, help: string): string[] {
  const kind = name.endsWith('_total') ? 'counter' : 'gauge';
  return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${kind}`];
}
