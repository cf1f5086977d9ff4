import { type Column, columnOf, type Value } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';

/** Values in ascending order, with repetitions: how many, and the one at a place from 0. */
export interface Ordered {
  readonly count: number;
  readonly at: (place: number) => number;
}

/**
 * The result of PERCENTILE: linear between the two values around the place `fraction * (n - 1)` (Flink's, and PERCENTILE_CONT of SQL); one number,
 * or an array of them for an array of fractions. NULL of no values, and of no fractions.
 */
export function finishOf({ parameter = 0.5, type }: AggregateCall) {
  return (slots: Int32Array, valuesOf: (slot: number) => Ordered): Column =>
    columnOf(
      Array.from(slots, (slot) => percentileOf(parameter, valuesOf(slot))),
      type,
    );
}

function percentileOf(parameter: AggregateCall['parameter'], values: Ordered): Value {
  if (values.count <= 0) return null;
  if (typeof parameter !== 'object') return between(values, Number(parameter ?? 0.5) * (values.count - 1));
  return parameter.length === 0 ? null : parameter.map((fraction) => between(values, fraction * (values.count - 1)));
}

function between({ at }: Ordered, place: number): number {
  const below = at(Math.floor(place));
  const above = at(Math.ceil(place));
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** NaN stands last. */
export function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
