import type { DataType } from '@millrace/model';
import type { AggregateCall } from '@millrace/plan';
import type { Mergeable, Retractable } from './accumulation.ts';
import { doubleReader } from './double-reader.ts';
import { columnOfDoubles } from './slot-columns.ts';

/**
 * PERCENTILE(x, fraction): exact, linear between the two values around the place `fraction * (n - 1)` (Flink's, and PERCENTILE_CONT of
 * SQL). All values are kept, as doubles; how many of them are in order stands beside, so that only what came since is sorted in.
 */
export function percentileAccumulation(call: AggregateCall, argument: DataType): Mergeable & Retractable {
  const fraction = Number(call.parameter ?? 0.5);
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
      const nulls = new Uint8Array(slots.length);
      const results = Float64Array.from(slots, (slot, at) => {
        const values = inOrder(valuesAt(lists, slot), sorted, slot);
        if (values.length > 0) return between(values, fraction * (values.length - 1));
        nulls[at] = 1;
        return 0;
      });
      return columnOfDoubles(results, nulls.includes(1) ? nulls : undefined, call.type);
    },
  };
}

function between(values: readonly number[], place: number): number {
  const below = values[Math.floor(place)] ?? 0;
  const above = values[Math.ceil(place)] ?? below;
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** A sorted head and a short tail cost little more than reading them. */
function inOrder(values: number[], sorted: Int32Array, slot: number): number[] {
  if (sorted[slot] !== values.length) values.sort(compare);
  sorted[slot] = values.length;
  return values;
}

/** NaN stands last. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function placeOf(values: readonly number[], value: number): number | undefined {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(values[middle] ?? 0, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low < values.length && compare(values[low] ?? 0, value) === 0 ? low : undefined;
}

function valuesAt(lists: unknown[], slot: number): number[] {
  const known = lists[slot];
  if (Array.isArray(known)) return known;
  const values: number[] = [];
  lists[slot] = values;
  return values;
}
