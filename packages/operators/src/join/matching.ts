import type { RowSource } from '../row/row-source.ts';
import type { PairCondition } from './pair-condition.ts';
import { Pairs } from './pairs.ts';

/** Candidate pairs gathered before the condition is asked: bounds memory, and one row with more still goes in one piece. */
const CANDIDATES_MAX = 8192;

export interface Matched {
  /** The rows that look for partners, in order. */
  readonly rows: Int32Array;
  readonly own: RowSource;
  readonly other: RowSource;
  /** Whether `rows` are of the left side. */
  readonly isLeft: boolean;
  readonly condition: PairCondition;
  readonly now: number;
  /** Adds the candidates of a row. The rows of one call do not see each other, so candidates of many are judged together. */
  candidatesOf(row: number, into: Pairs): void;
  /** Its partners are `partners[from .. to)`. */
  visit(row: number, partners: Int32Array, from: number, to: number): void;
}

/** Finds for each row its partners among its candidates, in order. */
export function forEachMatched({ rows, own, other, isLeft, condition, now, candidatesOf, visit }: Matched): void {
  const pairs = new Pairs();
  const ends = new Int32Array(rows.length);
  let at = 0;
  while (at < rows.length) {
    const first = at;
    pairs.clear();
    for (; at < rows.length && pairs.size < CANDIDATES_MAX; at++) {
      candidatesOf(rows[at] ?? 0, pairs);
      ends[at] = pairs.size;
    }
    const owns = pairs.own.subarray(0, pairs.size);
    const others = pairs.other.subarray(0, pairs.size);
    const passes = isLeft
      ? condition.passes(own, owns, other, others, now)
      : condition.passes(other, others, own, owns, now);
    if (passes !== undefined) keepPassing(others, ends, first, at, passes);
    for (let place = first, start = 0; place < at; place++) {
      const end = ends[place] ?? 0;
      visit(rows[place] ?? 0, others, start, end);
      start = end;
    }
  }
}

function keepPassing(others: Int32Array, ends: Int32Array, first: number, last: number, passes: Uint8Array): void {
  let kept = 0;
  let at = 0;
  for (let place = first; place < last; place++) {
    for (const end = ends[place] ?? 0; at < end; at++) if (passes[at] === 1) others[kept++] = others[at] ?? 0;
    ends[place] = kept;
  }
}
