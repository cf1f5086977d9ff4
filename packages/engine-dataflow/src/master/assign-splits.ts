import type { Split } from '@millrace/contracts';
import type { CompletedCheckpoint, OperatorId, SplitId } from '@millrace/model';

/** What is known about the splits of one source: all of them in a stable order, and those read to their end. */
export interface KnownSplits {
  readonly open: readonly Split[];
  readonly finished: readonly SplitId[];
}

/**
 * Discovered splits joined with a checkpoint: those it holds continue where they stood, those it knows as
 * finished stay so, the others start as discovered. Order: as discovered, then those no longer discovered
 * (a file that was removed, a partition that is hidden): their reader will say what is wrong. Pure.
 */
export function joinSplits(
  source: OperatorId,
  discovered: readonly Split[],
  from: CompletedCheckpoint | undefined,
): KnownSplits {
  const stored = (from?.subtasks ?? [])
    .filter((subtask) => subtask.operator === source)
    .flatMap((subtask) => subtask.splits);
  const finished = new Set(stored.filter(({ split }) => split === null).map(({ id }) => id));
  const restored = new Map(stored.filter(({ split }) => split !== null).map(({ id, split }) => [id, split as Split]));
  const open = discovered.filter(({ id }) => !finished.has(id)).map((split) => restored.get(split.id) ?? split);
  const ids = new Set(open.map(({ id }) => id));
  return {
    open: [...open, ...[...restored.values()].filter(({ id }) => !ids.has(id))],
    finished: [...finished],
  };
}

/** Round robin by order: the i-th split goes to subtask i mod parallelism. `offset` continues an earlier round. Pure. */
export function assignSplits<T>(splits: readonly T[], parallelism: number, offset = 0): readonly (readonly T[])[] {
  return Array.from({ length: parallelism }, (_, subtask) =>
    splits.filter((_split, index) => (index + offset) % parallelism === subtask),
  );
}
