/** A single-node broker that speaks the Kafka protocol and keeps what it acknowledges. */
export { type Broker, startBroker } from './broker.ts';
export { DataDirLockedError } from './files/data-dir-lock.ts';
export type { FlushPolicy } from './files/group-commit.ts';
export type { BrokerMetrics } from './metrics.ts';
export type { BrokerOptions, Fault, RequestFacts } from './options.ts';
