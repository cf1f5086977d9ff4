import type { DataType } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import type { Mergeable, Retractable } from './accumulation.ts';
import { doubleReader } from './double-reader.ts';
import { compareNumbers, finishOf } from './percentile-result.ts';
import { weightedPercentile } from './weighted-percentile.ts';

/**
 * PERCENTILE(x, fraction or fractions): exact, linear between the two values around the place `fraction * (n - 1)` (Flink's, and PERCENTILE_CONT of
 * SQL). All values are kept, as doubles; how many of them are in order stands beside, so that only what came since is sorted in.
 */
export function percentileAccumulation(call: AggregateCall, argument: DataType): Mergeable & Retractable {
  if (argument.kind === 'row') return weightedPercentile(call);
  const finish = finishOf(call);
  return {
    kinds: ['object', 'int32'],
    accumulate(table, base, column, { rows, slots, count }) {
      const lists = table.object(base);
      const read = doubleReader(column, argument);
      for (let at = 0; at < count; at++) valuesAt(lists, slots[at] ?? 0).push(read(rows[at] ?? 0));
    },
    retract(table, base, column, { rows, slots, count }) {
      const lists = table.object(base);
      const sorted = table.int32(base + 1);
      const read = doubleReader(column, argument);
      for (let at = 0; at < count; at++) {
        const slot = slots[at] ?? 0;
        const values = inOrder(valuesAt(lists, slot), sorted, slot);
        const place = placeOf(values, read(rows[at] ?? 0));
        if (place === undefined) continue;
        values.splice(place, 1);
        sorted[slot] = values.length;
      }
    },
    merge(from, to, base, slots) {
      const source = from.object(base);
      const target = to.object(base);
      for (let at = 0; at < from.size; at++) {
        const values = valuesAt(target, slots[at] ?? 0);
        if (source[at] !== undefined) for (const value of valuesAt(source, at)) values.push(value);
      }
    },
    result(table, base, slots) {
      const lists = table.object(base);
      const sorted = table.int32(base + 1);
      return finish(slots, (slot) => {
        const values = inOrder(valuesAt(lists, slot), sorted, slot);
        return { count: values.length, at: (place) => values[place] ?? 0 };
      });
    },
  };
}

/** A sorted head and a short tail cost little more than reading them. */
function inOrder(values: number[], sorted: Int32Array, slot: number): number[] {
  if (sorted[slot] !== values.length) values.sort(compareNumbers);
  sorted[slot] = values.length;
  return values;
}

function placeOf(values: readonly number[], value: number): number | undefined {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNumbers(values[middle] ?? 0, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low < values.length && compareNumbers(values[low] ?? 0, value) === 0 ? low : undefined;
}

function valuesAt(lists: unknown[], slot: number): number[] {
  const known = lists[slot];
  if (Array.isArray(known)) return known;
  const values: number[] = [];
  lists[slot] = values;
  return values;
}
