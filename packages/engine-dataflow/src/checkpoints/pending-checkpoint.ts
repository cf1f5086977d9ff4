import type { CheckpointId, CheckpointKind, SubtaskSnapshot } from '@millrace/model';
import { type OperatorSnapshot, type TaskId, taskKey } from '../messages.ts';

/** A checkpoint between its trigger and its last acknowledgement. A value: every change gives a new one. */
export interface PendingCheckpoint {
  readonly id: CheckpointId;
  readonly kind: CheckpointKind;
  readonly stop: boolean;
  /** Epoch ms. */
  readonly triggeredAt: number;
  /** Tasks that have not acknowledged yet, by `taskKey`. */
  readonly missing: ReadonlySet<string>;
  readonly subtasks: readonly SubtaskSnapshot[];
}

/**
 * Takes one acknowledgement; the same value when it changes nothing (late, twice, of another checkpoint).
 * Committables sealed at or before `committedThrough` are visible already and are left out: a sink that had
 * not yet heard so lists them again. Pure.
 */
export function acknowledge(
  pending: PendingCheckpoint,
  checkpoint: CheckpointId,
  task: TaskId,
  operators: readonly OperatorSnapshot[],
  committedThrough: number,
): PendingCheckpoint {
  const key = taskKey(task);
  if (checkpoint !== pending.id || !pending.missing.has(key)) return pending;
  const subtasks = operators.map(
    ({ operator, state, splits, committables }): SubtaskSnapshot => ({
      operator,
      subtask: task.subtask,
      state,
      splits,
      committables: committables
        .filter((sealed) => sealed.checkpoint > committedThrough)
        .map((sealed) => sealed.committable),
    }),
  );
  return {
    ...pending,
    missing: new Set([...pending.missing].filter((other) => other !== key)),
    subtasks: [...pending.subtasks, ...subtasks.filter(holdsAnything)],
  };
}

function holdsAnything(snapshot: SubtaskSnapshot): boolean {
  return snapshot.state.length > 0 || snapshot.splits.length > 0 || snapshot.committables.length > 0;
}

export function isComplete(pending: PendingCheckpoint): boolean {
  return pending.missing.size === 0;
}
