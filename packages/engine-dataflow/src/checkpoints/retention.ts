import type { CheckpointId, CompletedCheckpoint } from '@millrace/model';

/** Which of the checkpoints known so far (oldest first) are to be discarded. Savepoints belong to the user. Pure. */
export function decideDiscards(known: readonly CompletedCheckpoint[], retainedCount: number): readonly CheckpointId[] {
  const checkpoints = known.filter((checkpoint) => checkpoint.kind === 'checkpoint');
  return checkpoints.slice(0, Math.max(0, checkpoints.length - retainedCount)).map((checkpoint) => checkpoint.id);
}
