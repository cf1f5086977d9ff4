export { type Change, notifyChange, parseChange } from './changes.ts';
export { type Database, type DatabaseOptions, openDatabase, type Queryable } from './client.ts';
export { refusalOf } from './desired-state.ts';
export { json } from './json.ts';
export { CHANGES_CHANNEL, type ListenOptions, listen, OUTBOX_CHANNEL } from './listen.ts';
export * from './password.ts';
export * from './repositories/accounts.ts';
export * from './repositories/applications.ts';
export * from './repositories/audit.ts';
export {
  type CheckpointFilter,
  type CheckpointOutcome,
  type CheckpointRow,
  type CheckpointTotals,
  countCheckpoints,
  discardCheckpoint,
  type Fence,
  findCheckpoint,
  listCheckpoints,
  newestCheckpoint,
  recordFailedCheckpoint,
  storeCheckpoint,
} from './repositories/checkpoints.ts';
export * from './repositories/connections.ts';
export * from './repositories/containers.ts';
export * from './repositories/events.ts';
export * from './repositories/job-commands.ts';
export * from './repositories/jobs.ts';
export * from './repositories/leader.ts';
export * from './repositories/metric-totals.ts';
export * from './repositories/metrics.ts';
export * from './repositories/nodes.ts';
export * from './repositories/outbox.ts';
export * from './repositories/overview.ts';
export * from './repositories/queues.ts';
export * from './repositories/recent-events.ts';
export * from './repositories/rename-job.ts';
export { forgetOld } from './repositories/retention.ts';
export * from './repositories/savepoints.ts';
export { openSecret, sealSecret } from './secret-box.ts';
export { containerStatus, desiredState, jobStatus } from './words.ts';
