import type { CheckpointId, CheckpointKind, CompletedCheckpoint } from '@millrace/model';
import type { SnapshotReader, SnapshotWriter } from './state.ts';

/** The checkpoints of one job: bytes on storage, and the list of those that count. Lives in the master. */
export interface CheckpointStore {
  /**
   * Makes the checkpoint count: metadata file, then the fenced row in the platform's database. Resolves
   * only when both are durable. Rejects with `checkpoint.fenced` when a newer attempt of the job exists:
   * this master is a zombie and must stop.
   */
  complete(checkpoint: Omit<CompletedCheckpoint, 'location'>, signal: AbortSignal): Promise<CompletedCheckpoint>;
  /** Drops the bytes and the row; savepoints are never discarded by an engine. */
  discard(id: CheckpointId): Promise<void>;
}

/** Where tasks put and find state bytes. Lives in workers; also in the master for metadata. */
export interface SnapshotStorage {
  writer(checkpoint: CheckpointId, kind: CheckpointKind, attempt: number): SnapshotWriter;
  readonly reader: SnapshotReader;
}
