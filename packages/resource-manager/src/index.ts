export { schedule } from './schedule.ts';
export type { Allocation, ClusterSnapshot, Schedule, Waiting } from './snapshot.ts';
export { type QueueFinding, validateQueues } from './validate-queues.ts';
