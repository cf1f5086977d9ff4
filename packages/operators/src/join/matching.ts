import type { StoredRow } from '../row/stored-row.ts';
import type { PairCondition } from './pair-condition.ts';

/** Candidate pairs gathered before the condition is asked: bounds memory, and one row with more still goes in one piece. */
const CANDIDATES_MAX = 8192;

/** Whatever holds a row of the other side. */
interface Holder {
  readonly row: StoredRow;
}

/**
 * Finds for each of `rows` the partners among its candidates, in order. `candidatesOf` appends the candidates of the row at a place; the rows
 * of one call do not see each other, so all candidates of many rows can be judged together. `isLeft`: `rows` are of the left side.
 */
export function forEachMatched<Partner extends Holder>(
  rows: readonly StoredRow[],
  isLeft: boolean,
  condition: PairCondition,
  now: number,
  candidatesOf: (at: number, into: Partner[]) => void,
  visit: (at: number, row: StoredRow, partners: readonly Partner[]) => void,
): void {
  let at = 0;
  while (at < rows.length) {
    const first = at;
    const candidates: Partner[] = [];
    const ends: number[] = [];
    for (; at < rows.length && candidates.length < CANDIDATES_MAX; at++) {
      candidatesOf(at, candidates);
      ends.push(candidates.length);
    }
    const passes = condition.isAlwaysTrue ? undefined : judge(rows, first, ends, candidates, isLeft, condition, now);
    let start = 0;
    for (let place = 0; place < ends.length; place++) {
      const end = ends[place] ?? start;
      const row = rows[first + place];
      if (row !== undefined) visit(first + place, row, start === end ? [] : chosen(candidates, start, end, passes));
      start = end;
    }
  }
}

function judge(
  rows: readonly StoredRow[],
  first: number,
  ends: readonly number[],
  candidates: readonly Holder[],
  isLeft: boolean,
  condition: PairCondition,
  now: number,
): Uint8Array | undefined {
  const own: StoredRow[] = [];
  for (const [place, end] of ends.entries()) {
    const row = rows[first + place];
    while (row !== undefined && own.length < end) own.push(row);
  }
  const others = candidates.map(({ row }) => row);
  return isLeft ? condition.passes(own, others, now) : condition.passes(others, own, now);
}

function chosen<Partner>(
  candidates: readonly Partner[],
  start: number,
  end: number,
  passes: Uint8Array | undefined,
): readonly Partner[] {
  const within = candidates.slice(start, end);
  return passes === undefined ? within : within.filter((_, at) => passes[start + at] === 1);
}
