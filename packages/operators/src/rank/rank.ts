import { CHANGE, isRetraction, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, StateKey } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { Expiry, expiryState } from '../row/expiry.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { Remembered } from '../row/remembered.ts';
import { RowOutput } from '../row/row-output.ts';
import { stateful } from '../row/stateful.ts';
import { fillRow, partialRows, type StoredRow, sameRow } from '../row/stored-row.ts';
import { Ranking } from './ranking.ts';

const PARTITIONS = 'partitions';

/** The rows of one partition, best first. */
type Partition = { rows: StoredRow[]; touched: number };

/**
 * Top-N over changes (Flink's RetractableTopNFunction; with `insertOnly` its AppendOnlyTopNFunction, which keeps no row below the last
 * place). All rows of a batch are ranked before anything is said, so a partition tells at most once per batch how its places changed.
 */
export function createRank(node: RankNode, input: Schema): Operator {
  const ranking = new Ranking(node, input);
  const output = new RowOutput(node.schema, input.fields.length);
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  return stateful([{ kind: 'values', name: PARTITIONS, keyTypes }, ...expiryState(node)], (context) => {
    const partitions = new Remembered<Partition>(context, PARTITIONS);
    const expiry = new Expiry(node, context);
    return {
      process(batch, _input, out) {
        const now = context.clock.now();
        const keys = partitions.keysOf(batch, node.partition);
        const numbers = batch.selection ?? rowNumbers(batch.rows);
        const before = new Map<StateKey, Places>();
        for (const [at, row] of partialRows(batch, ranking.sortColumns).entries()) {
          const key = keys[at];
          const number = numbers[at] ?? 0;
          if (key === undefined) continue;
          const { rows } = begin(partitions, expiry, key, now);
          const isGone = isRetraction(batch.changes?.[number] ?? CHANGE.insert);
          const place = isGone ? ranking.find(rows, fillRow(batch, number, row)) : ranking.placeOf(rows, row);
          if (place === undefined) {
            if (rows.length === 0) partitions.delete(key);
            continue;
          }
          if (ranking.concerns(place) && !before.has(key)) before.set(key, ranking.places(rows));
          if (isGone) rows.splice(place, 1);
          else ranking.insert(rows, place, fillRow(batch, number, row));
        }
        for (const [key, old] of before) {
          const rows = partitions.get(key)?.rows ?? [];
          tell(old, ranking.places(rows), node, output, out);
          if (rows.length === 0) partitions.delete(key);
        }
        output.flush(out);
      },
      onProcessingTime(now) {
        expiry.fire(now, (key) => {
          const touched = partitions.get(key)?.touched;
          if (touched === undefined || !expiry.isExpired(touched, now)) return touched;
          partitions.delete(key);
          return undefined;
        });
      },
    };
  });
}

function begin(partitions: Remembered<Partition>, expiry: Expiry, key: StateKey, now: number): Partition {
  const known = partitions.get(key);
  if (known !== undefined && !expiry.isExpired(known.touched, now)) {
    known.touched = now;
    return known;
  }
  const created: Partition = { rows: [], touched: now };
  partitions.set(key, created);
  expiry.arm(key, now);
  return created;
}

type Places = readonly StoredRow[];

function tell(before: Places, after: Places, node: RankNode, output: RowOutput, out: Collector): void {
  if (node.withRank) tellPlaces(before, after, node.from, output, out);
  else tellRows(before, after, output, out);
}

/** Place by place: only places that hold another row now are told. */
function tellPlaces(before: Places, after: Places, from: number, output: RowOutput, out: Collector): void {
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    const [old, now] = [before[at], after[at]];
    if (old === now || (old !== undefined && now !== undefined && sameRow(old, now))) continue;
    const place = [from + at];
    if (old !== undefined) output.add(now === undefined ? CHANGE.delete : CHANGE.updateBefore, old, place, out);
    if (now !== undefined) output.add(old === undefined ? CHANGE.insert : CHANGE.updateAfter, now, place, out);
  }
}

/** Without places a row is told when it enters or leaves; first who leaves. */
function tellRows(before: Places, after: Places, output: RowOutput, out: Collector): void {
  const entered = missingFrom(before, after);
  for (const row of missingFrom(after, before)) {
    const twin = entered.findIndex((other) => sameRow(row, other));
    if (twin >= 0) entered.splice(twin, 1);
    else output.add(CHANGE.delete, row, undefined, out);
  }
  for (const row of entered) output.add(CHANGE.insert, row, undefined, out);
}

/** Up to here looking through a list costs less than making a set. */
const LIST_MAX = 32;

/** The rows of `places` that are not among `others`. */
function missingFrom(others: Places, places: Places): StoredRow[] {
  if (others.length <= LIST_MAX) return places.filter((row) => !others.includes(row));
  const known = new Set(others);
  return places.filter((row) => !known.has(row));
}
