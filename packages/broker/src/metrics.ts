/** What the broker has done since it started. Plain counters; the reader computes rates. */
export interface BrokerMetrics {
  connections: number;
  requests: number;
  requestBytes: number;
  responseBytes: number;
  producedBatches: number;
  producedRecords: number;
  producedBytes: number;
  fetchedBytes: number;
  duplicateBatches: number;
  diskSyncs: number;
  failedRequests: number;
  failedAuthentications: number;
  /** Requests after which a client had to rest because of a quota, and for how long together. */
  throttledRequests: number;
  throttledMs: number;
}

export function emptyMetrics(): BrokerMetrics {
  return {
    connections: 0,
    requests: 0,
    requestBytes: 0,
    responseBytes: 0,
    producedBatches: 0,
    producedRecords: 0,
    producedBytes: 0,
    fetchedBytes: 0,
    duplicateBatches: 0,
    diskSyncs: 0,
    failedRequests: 0,
    failedAuthentications: 0,
    throttledRequests: 0,
    throttledMs: 0,
  };
}
