declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type JobId = Id<'JobId'>;
/** One run of a job, as the cluster sees it. A job that is stopped and started again gets a new one. */
export type ApplicationId = Id<'ApplicationId'>;
export type ContainerId = Id<'ContainerId'>;
export type NodeId = Id<'NodeId'>;
/** Full path from the root, dot separated: `root.rt.search`. */
export type QueueName = Id<'QueueName'>;
/** Stable across versions of a job when the operator means the same, so that its state is found again. */
export type OperatorId = Id<'OperatorId'>;
export type SplitId = Id<'SplitId'>;

/** Counts up within one job, from 1. Shared by checkpoints, savepoints and micro-batches. */
export type CheckpointId = number & { readonly [brand]: 'CheckpointId' };
