import type { Accumulation } from './accumulation.ts';

/** COUNT: a double, exact up to 2^53. */
export function countAccumulation(): Accumulation {
  return {
    kinds: ['float64'],
    accumulate(table, base, _argument, { slots, count }) {
      const counts = table.float64(base);
      for (let at = 0; at < count; at++) {
        const slot = slots[at] ?? 0;
        counts[slot] = (counts[slot] ?? 0) + 1;
      }
    },
    merge(from, to, base, slots) {
      const source = from.float64(base);
      const target = to.float64(base);
      for (let at = 0; at < from.size; at++) {
        const slot = slots[at] ?? 0;
        target[slot] = (target[slot] ?? 0) + (source[at] ?? 0);
      }
    },
    result: (table, base) => ({
      kind: 'int64',
      values: table.float64(base).slice(0, table.size),
      wide: undefined,
      nulls: undefined,
    }),
  };
}
