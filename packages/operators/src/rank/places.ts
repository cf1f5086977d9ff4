import { CHANGE } from '@millrace/batch';
import type { Collector } from '@millrace/contracts';
import type { RankNode } from '@millrace/plan';
import type { PairedOutput } from '../row/paired-output.ts';

/** Rows at the places asked for, by id, before or after a batch. */
export type Places = Int32Array;

/** What is needed to tell how the places of a partition changed. Rows that are gone lie where they lay until all is told. */
export interface Telling {
  readonly node: RankNode;
  readonly output: PairedOutput;
  /** Whether two remembered rows are equal. */
  readonly isSame: (a: number, b: number) => boolean;
  readonly out: Collector;
}

export function tell(before: Places, after: Places, telling: Telling): void {
  if (telling.node.withRank) tellPlaces(before, after, telling);
  else tellRows(before, after, telling);
}

/** Place by place: only places that hold another row now are told. */
function tellPlaces(before: Places, after: Places, { node, output, isSame, out }: Telling): void {
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const [old, now] = [before[at], after[at]];
    if (old === now || (old !== undefined && now !== undefined && isSame(old, now))) continue;
    const place = node.from + at;
    if (old !== undefined) output.add(now === undefined ? CHANGE.delete : CHANGE.updateBefore, old, place, out);
    if (now !== undefined) output.add(old === undefined ? CHANGE.insert : CHANGE.updateAfter, now, place, out);
  }
}

/** Without places a row is told when it enters or leaves; first who leaves. */
function tellRows(before: Places, after: Places, { output, isSame, out }: Telling): void {
  const entered = missingFrom(before, after);
  for (const row of missingFrom(after, before)) {
    const twin = entered.findIndex((other) => isSame(row, other));
    if (twin >= 0) entered.splice(twin, 1);
    else output.add(CHANGE.delete, row, -1, out);
  }
  for (const row of entered) output.add(CHANGE.insert, row, -1, out);
}

/** Up to here looking through a list costs less than making a set. */
const LIST_MAX = 32;

/** The rows of `places` that are not among `others`. */
function missingFrom(others: Places, places: Places): number[] {
  const missing: number[] = [];
  const known = others.length <= LIST_MAX ? undefined : new Set(others);
  for (const row of places) if (!(known?.has(row) ?? others.includes(row))) missing.push(row);
  return missing;
}
