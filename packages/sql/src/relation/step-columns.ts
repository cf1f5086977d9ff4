import {
  type AggregateCall,
  columnsOf,
  type MatchExpression,
  type MatchTerm,
  remap,
  type SortColumn,
  type TimeRef,
} from '@millrace/plan';
import type { Work, WorkOf } from './step.ts';

/** Where column `index` of input `input` is now. */
export type ColumnMove = (input: number, index: number) => number;

/** The same work over inputs whose columns moved. `widths`: columns per input, before; `moved` after. */
export function remapWork(
  work: Work,
  move: ColumnMove,
  widths: readonly number[],
  moved: readonly number[] = widths,
): Work {
  const at = (index: number) => move(0, index);
  const right = (index: number) => move(1, index);
  const both = (index: number) => {
    const [width = 0] = widths;
    return index < width ? at(index) : (moved[0] ?? 0) + right(index - width);
  };
  switch (work.kind) {
    case 'expand':
      return { ...work, projections: work.projections.map((row) => row.map((part) => remap(part, at))) };
    case 'unnest':
      return { ...work, collection: remap(work.collection, at) };
    case 'replicate':
      // The count is the last column of the input, wherever that is.
      at((widths[0] ?? 1) - 1);
      return work;
    case 'limit':
      return work;
    case 'window-assign':
      return { ...work, timeColumn: moveTime(work.timeColumn, at) };
    case 'group-aggregate':
      return { ...work, keys: work.keys.map(at), calls: work.calls.map((call) => moveCall(call, at)) };
    case 'over-aggregate':
      return {
        ...work,
        partition: work.partition.map(at),
        time: moveTime(work.time, at),
        calls: work.calls.map((call) => moveCall(call, at)),
      };
    case 'rank': {
      const windowEnd = work.windowEnd === undefined ? {} : { windowEnd: at(work.windowEnd) };
      return { ...work, partition: work.partition.map(at), order: moveOrder(work.order, at), ...windowEnd };
    }
    case 'deduplicate':
      return { ...work, keys: work.keys.map(at), time: moveTime(work.time, at) };
    case 'lookup-join': {
      // The columns looked up stand behind those of the input, wherever these are.
      const [width = 0] = widths;
      const besides = (index: number) => (index < width ? at(index) : (moved[0] ?? 0) + index - width);
      return { ...work, keys: work.keys.map(at), condition: work.condition && remap(work.condition, besides) };
    }
    case 'temporal-sort':
      return { ...work, timeColumn: at(work.timeColumn), order: moveOrder(work.order, at) };
    case 'changelog-normalize':
      return { ...work, keys: work.keys.map(at) };
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join': {
      const keys = {
        leftKeys: work.leftKeys.map(at),
        rightKeys: work.rightKeys.map(right),
        condition: work.condition && remap(work.condition, both),
      };
      if (work.kind === 'join') return { ...work, ...keys };
      if (work.kind === 'window-join') {
        const ends = { leftWindowEnd: at(work.leftWindowEnd), rightWindowEnd: right(work.rightWindowEnd) };
        return { ...work, ...keys, ...ends };
      }
      return { ...work, ...keys, leftTime: at(work.leftTime), rightTime: right(work.rightTime) };
    }
    case 'match':
      return {
        ...work,
        partition: work.partition.map(at),
        time: moveTime(work.time, at),
        order: moveOrder(work.order, at),
        definitions: Object.fromEntries(
          Object.entries(work.definitions).map(([name, part]) => [name, moveMatch(part, at)]),
        ),
        measures: work.measures.map((part) => moveMatch(part, at)),
      };
  }
}

/** Per input, the columns the work reads itself. */
export function columnsReadBy(work: Work, widths: readonly number[]): readonly Set<number>[] {
  const read = widths.map(() => new Set<number>());
  remapWork(
    work,
    (input, index) => {
      read[input]?.add(index);
      return index;
    },
    widths,
  );
  return read;
}

/** An output column that is a column of an input, unchanged, or made by the work (`own`, counted from 0). */
export type OutputColumn = { readonly input: number; readonly index: number } | { readonly own: number };

export function layoutOf(work: Work, widths: readonly number[], columns: number): readonly OutputColumn[] {
  const [left = 0, right = 0] = widths;
  const through = (input: number, width: number): OutputColumn[] =>
    Array.from({ length: width }, (_, index) => ({ input, index }));
  const own = (count: number): OutputColumn[] => Array.from({ length: count }, (_, at) => ({ own: at }));
  switch (work.kind) {
    case 'expand':
      return own(columns);
    case 'group-aggregate':
      return [...work.keys.map((index) => ({ input: 0, index })), ...own(work.calls.length)];
    case 'match':
      return [...work.partition.map((index) => ({ input: 0, index })), ...own(work.measures.length)];
    case 'replicate':
      return through(0, left - 1);
    case 'join':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      if (work.type === 'semi' || work.type === 'anti') return through(0, left);
      return [...through(0, left), ...through(1, right)];
    case 'unnest':
    case 'window-assign':
    case 'lookup-join':
    case 'over-aggregate':
    case 'rank':
    case 'deduplicate':
    case 'temporal-sort':
    case 'limit':
    case 'changelog-normalize':
      return [...through(0, left), ...own(columns - left)];
  }
}

/**
 * The work without what makes the `own` columns nobody wants, and which of them are left, in their order: that of `wanted` for the calls of a GROUP BY, else
 * as they were. `width`: columns of the first input.
 */
export function trimWork(
  work: Work,
  wanted: ReadonlySet<number>,
  own: number,
  width: number,
): readonly [Work, readonly number[]] {
  const all = Array.from({ length: own }, (_, at) => at);
  const kept = all.filter((at) => wanted.has(at));
  switch (work.kind) {
    case 'expand':
      return [{ ...work, projections: work.projections.map((row) => kept.flatMap((at) => row[at] ?? [])) }, kept];
    case 'group-aggregate': {
      const calls = [...wanted].filter((at) => at < own);
      return [{ ...work, calls: calls.flatMap((at) => work.calls[at] ?? []) }, calls];
    }
    case 'over-aggregate':
      return [{ ...work, calls: kept.flatMap((at) => work.calls[at] ?? []) }, kept];
    case 'match':
      return [{ ...work, measures: kept.flatMap((at) => work.measures[at] ?? []) }, kept];
    case 'lookup-join':
      return trimLookup(work, wanted, width);
    case 'rank':
      return kept.length === own ? [work, all] : [{ ...work, withRank: false }, []];
    default:
      return [work, all];
  }
}

/** Of the table only what is wanted, or needed to find its rows. */
function trimLookup(
  work: WorkOf<'lookup-join'>,
  wanted: ReadonlySet<number>,
  width: number,
): readonly [Work, readonly number[]] {
  const read = work.condition === undefined ? [] : [...columnsOf(work.condition)].map((index) => index - width);
  const needed = new Set([...wanted, ...work.tableKeys, ...read]);
  const kept = [...work.columns.keys()].filter((at) => needed.has(at));
  const moved = (index: number) => (index < width ? index : width + kept.indexOf(index - width));
  const trimmed = {
    ...work,
    columns: kept.flatMap((at) => work.columns[at] ?? []),
    tableKeys: work.tableKeys.map((at) => kept.indexOf(at)),
    condition: work.condition && remap(work.condition, moved),
  };
  return [trimmed, kept];
}

/** True when the work itself goes by the watermarks of its inputs. */
export function needsEventTime(work: Work): boolean {
  switch (work.kind) {
    case 'temporal-sort':
    case 'interval-join':
    case 'window-join':
    case 'temporal-join':
      return true;
    case 'window-assign':
      return work.timeColumn !== 'processing';
    case 'rank':
      return work.windowEnd !== undefined;
    case 'over-aggregate':
    case 'deduplicate':
    case 'match':
      return work.time !== 'processing';
    default:
      return false;
  }
}

/** True when no watermark of an input goes on: windows over processing time have the clock behind them. */
export function makesEventTime(work: Work): boolean {
  return work.kind === 'window-assign' && work.timeColumn === 'processing';
}

function moveTime(time: TimeRef, at: (index: number) => number): TimeRef {
  return time === 'processing' ? time : at(time);
}

function moveCall(call: AggregateCall, at: (index: number) => number): AggregateCall {
  return { ...call, arg: call.arg && remap(call.arg, at), filter: call.filter && remap(call.filter, at) };
}

function moveOrder(order: readonly SortColumn[], at: (index: number) => number): readonly SortColumn[] {
  return order.map((part) => ({ ...part, column: at(part.column) }));
}

function moveMatch({ terms, expression }: MatchExpression, at: (index: number) => number): MatchExpression {
  const moved = terms.map(({ take, ...term }): MatchTerm => {
    if (take.kind === 'aggregate') return { ...term, take: { ...take, call: moveCall(take.call, at) } };
    return { ...term, take: { ...take, expression: remap(take.expression, at) } };
  });
  return { terms: moved, expression };
}
