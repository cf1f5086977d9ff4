import type { CheckpointId, JobId, OperatorId, SplitId } from './id.ts';

/** Inclusive on both ends. A key group is `hash(key) mod maxParallelism`, the unit of rescaling. */
export interface KeyGroupRange {
  readonly first: number;
  readonly last: number;
}

/** Points at bytes that outlive the process. Meaningful only to the snapshot storage that wrote it. */
export interface StateHandle {
  /** Relative to the root of the job's checkpoints; made of ids only. */
  readonly location: string;
  readonly keyGroups: KeyGroupRange;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Written for an earlier checkpoint; this one needs it too. Absent: written for this one. */
  readonly shared?: true;
}

/** One source split and where its reader stood. `position` belongs to the connector (JSON). */
export interface SplitSnapshot {
  readonly id: SplitId;
  readonly split: unknown;
}

/** What one subtask of one operator contributes to a checkpoint. */
export interface SubtaskSnapshot {
  readonly operator: OperatorId;
  readonly subtask: number;
  readonly state: readonly StateHandle[];
  readonly splits: readonly SplitSnapshot[];
  /** Sealed but not yet visible output (JSON). Committed once the checkpoint is durable. */
  readonly committables: readonly unknown[];
}

export type CheckpointKind = 'checkpoint' | 'savepoint';

/** Immutable once written. Everything needed to start the job again from this point. */
export interface CompletedCheckpoint {
  readonly id: CheckpointId;
  readonly job: JobId;
  readonly kind: CheckpointKind;
  /** Which try of the job made it; the fence against zombies. */
  readonly attempt: number;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly triggeredAt: number;
  readonly completedAt: number;
  readonly subtasks: readonly SubtaskSnapshot[];
  /** All state it needs, files of earlier checkpoints included. */
  readonly sizeBytes: number;
  /** State written for this checkpoint alone. Absent in those of earlier versions, which wrote all of theirs. */
  readonly writtenBytes?: number;
  /** Where the metadata file is, set by the store. */
  readonly location: string;
}
