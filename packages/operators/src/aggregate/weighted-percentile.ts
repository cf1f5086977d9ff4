import type { Column } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';
import type { Accumulators, Mergeable, Placed, Retractable } from './accumulation.ts';
import { compareNumbers, finishOf, type Ordered } from './percentile-result.ts';

/** How often each value counts. */
type Weights = Map<number, number>;

/** PERCENTILE(x, fraction, frequency): the argument is a ROW of a DOUBLE and a positive BIGINT. A slot is how often each value counts, exact up to 2^53. */
export function weightedPercentile(call: AggregateCall): Mergeable & Retractable {
  const finish = finishOf(call);
  return {
    kinds: ['object'],
    accumulate: (table, base, column, placed) => shift(table, base, column, placed, 1),
    retract: (table, base, column, placed) => shift(table, base, column, placed, -1),
    merge(from, to, base, slots) {
      const source = from.object(base);
      const target = to.object(base);
      for (let at = 0; at < from.size; at++) {
        const added = source[at];
        if (!(added instanceof Map)) continue;
        const weights = weightsAt(target, slots[at] ?? 0);
        for (const [value, weight] of weightsAt(source, at)) add(weights, value, weight);
      }
    },
    result(table, base, slots) {
      const all = table.object(base);
      return finish(slots, (slot) => ordered(weightsAt(all, slot)));
    },
  };
}

function shift(table: Accumulators, base: number, column: Column | undefined, placed: Placed, sign: 1 | -1): void {
  if (column?.kind !== 'object') throw new Error('the argument of PERCENTILE is no row');
  const all = table.object(base);
  for (let at = 0; at < placed.count; at++) {
    const pair = column.values[placed.rows[at] ?? 0];
    const [value, weight] = Array.isArray(pair) ? pair : [];
    add(weightsAt(all, placed.slots[at] ?? 0), Number(value), sign * Number(weight));
  }
}

function add(weights: Weights, value: number, by: number): void {
  const weight = (weights.get(value) ?? 0) + by;
  if (weight === 0) weights.delete(value);
  else weights.set(value, weight);
}

/** The values in order with the places up to which they reach. */
function ordered(weights: Weights): Ordered {
  const values = [...weights.keys()].filter((value) => (weights.get(value) ?? 0) > 0).sort(compareNumbers);
  let count = 0;
  const ends = values.map((value) => {
    count += weights.get(value) ?? 0;
    return count;
  });
  return { count, at: (place) => values[firstBeyond(ends, place)] ?? 0 };
}

function firstBeyond(ends: readonly number[], place: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function weightsAt(slots: unknown[], slot: number): Weights {
  const known = slots[slot];
  if (known instanceof Map) return known;
  const weights: Weights = new Map();
  slots[slot] = weights;
  return weights;
}
