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
    const own: StoredRow[] = [];
    const ends: number[] = [];
    for (; at < rows.length && candidates.length < CANDIDATES_MAX; at++) {
      candidatesOf(at, candidates);
      const row = rows[at];
      if (row !== undefined) while (own.length < candidates.length) own.push(row);
      ends.push(candidates.length);
    }
    const others = candidates.map(({ row }) => row);
    const passes = isLeft ? condition.passes(own, others, now) : condition.passes(others, own, now);
    let start = 0;
    for (const [place, end] of ends.entries()) {
      const row = rows[first + place];
      const within = candidates.slice(start, end);
      const base = start;
      if (row !== undefined)
        visit(first + place, row, passes === undefined ? within : within.filter((_, i) => passes[base + i] === 1));
      start = end;
    }
  }
}
