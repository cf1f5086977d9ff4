import type { Mergeable, Retractable } from './accumulation.ts';
import { pick } from './slot-columns.ts';

/** COUNT: a double, exact up to 2^53. */
export function countAccumulation(): Mergeable & Retractable {
  return {
    kinds: ['float64'],
    accumulate(table, base, _argument, placed) {
      addToCounts(table.float64(base), placed, 1);
    },
    retract(table, base, _argument, placed) {
      addToCounts(table.float64(base), placed, -1);
    },
    merge(from, to, base, slots) {
      addAll(from.float64(base), to.float64(base), from.size, slots);
    },
    result: (table, base, slots) => ({
      kind: 'int64',
      values: pick(table.float64(base), slots),
      wide: undefined,
      nulls: undefined,
    }),
  };
}

export function addToCounts(
  counts: Float64Array,
  { slots, count }: { readonly slots: Int32Array; readonly count: number },
  by: 1 | -1,
): void {
  for (let at = 0; at < count; at++) {
    const slot = slots[at] ?? 0;
    counts[slot] = (counts[slot] ?? 0) + by;
  }
}

/** Slot i of `source` goes to slot `slots[i]` of `target`. */
export function addAll(source: Float64Array, target: Float64Array, size: number, slots: Int32Array): void {
  for (let at = 0; at < size; at++) {
    const slot = slots[at] ?? 0;
    target[slot] = (target[slot] ?? 0) + (source[at] ?? 0);
  }
}
