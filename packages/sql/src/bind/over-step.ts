import type { AggregateCall, OverFrame, SortColumn, TimeRef } from '@millrace/plan';
import { OPEN_RANK_END } from '../relation/rank-bounds.ts';
import { columnOf, project, type Relation } from '../relation/relation.ts';
import { step } from '../relation/step.ts';
import { windowPartOf } from '../relation/window-columns.ts';
import { withWindowEnd } from '../relation/window-time.ts';

/** What OVER says of the rows around each row. Calls of one key are one step. */
export interface OverWindow {
  readonly key: string;
  readonly partition: readonly number[];
  readonly order: readonly SortColumn[];
  readonly frame: OverFrame;
  /** Undefined for a ranking. */
  readonly time: TimeRef | undefined;
}

/** The rows with the results of `calls` behind them. */
export function overStep(
  input: Relation,
  { partition, frame }: OverWindow,
  time: TimeRef,
  calls: readonly AggregateCall[],
): Relation {
  return step({ kind: 'over-aggregate', partition, time, frame, calls }, [input], input.eventTime);
}

/** The rows with their places, open at the end: a WHERE around it says how many places count. */
export function rankStep(input: Relation, { partition, order }: OverWindow): Relation {
  const starts = partition.some((column) => windowPartOf(input, column) === 'start');
  const windowEnd = partition.find((column) => windowPartOf(input, column) === 'end');
  const work = { kind: 'rank', partition, order, from: 1, to: OPEN_RANK_END, withRank: true } as const;
  if (!starts || windowEnd === undefined) return step(work, [input], undefined);
  const { relation, end } = withWindowEnd(input, windowEnd);
  const ranked = step({ ...work, windowEnd: end }, [relation], undefined);
  if (relation === input) return ranked;
  const kept = [...input.fields.keys(), ranked.fields.length - 1];
  const names = kept.map((index) => ranked.fields[index]?.name ?? '');
  return project(
    ranked,
    kept.map((index) => columnOf(ranked, index)),
    names,
  );
}
