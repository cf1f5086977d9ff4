import type { AccumulatorKind } from '@millrace/contracts';
import { pickedDoubles, pickedIntegers } from '../segment/picked.ts';
import { grown } from './growable.ts';

/** A frozen accumulator: exactly as long as its table has slots. */
export type AccumulatorValues = Float64Array | Int32Array | readonly unknown[];

/** One accumulator of a table, by slot. */
export type Accumulator =
  | { readonly kind: 'float64'; values: Float64Array }
  | { readonly kind: 'int32'; values: Int32Array }
  | { readonly kind: 'object'; readonly values: unknown[] };

export function createAccumulator(kind: AccumulatorKind): Accumulator {
  switch (kind) {
    case 'float64':
      return { kind, values: new Float64Array(16) };
    case 'int32':
      return { kind, values: new Int32Array(16) };
    case 'object':
      return { kind, values: [] };
  }
}

/** Makes room for `size` slots; new ones are 0 or undefined. */
export function growAccumulator(accumulator: Accumulator, size: number): void {
  if (accumulator.kind === 'float64') accumulator.values = grown(accumulator.values, size);
  else if (accumulator.kind === 'int32') accumulator.values = grown(accumulator.values, size);
  else while (accumulator.values.length < size) accumulator.values.push(undefined);
}

/** The slot as if it were new. */
export function clearAccumulator(accumulator: Accumulator, slot: number): void {
  if (accumulator.kind === 'object') accumulator.values[slot] = undefined;
  else accumulator.values[slot] = 0;
}

/** The values of the given slots, in that order. */
export function pickAccumulator(values: AccumulatorValues, slots: Int32Array): AccumulatorValues {
  if (values instanceof Float64Array) return pickedDoubles(values, slots);
  if (values instanceof Int32Array) return pickedIntegers(values, slots);
  return Array.from(slots, (slot) => values[slot]);
}

/** A copy that later processing cannot touch: arrays and objects held by slots are copied in depth. */
export function freezeAccumulator(accumulator: Accumulator, size: number): AccumulatorValues {
  if (accumulator.kind === 'object') return accumulator.values.slice(0, size).map(frozen);
  return accumulator.values.slice(0, size);
}

/** Puts restored values of the given rows behind the first `size` slots. */
export function appendTo(accumulator: Accumulator, size: number, values: AccumulatorValues, rows: Int32Array): void {
  growAccumulator(accumulator, size + rows.length);
  for (let at = 0; at < rows.length; at++) {
    const value = values[rows[at] ?? 0];
    if (accumulator.kind === 'object') accumulator.values[size + at] = value;
    else accumulator.values[size + at] = Number(value);
  }
}

/** Estimate: an object slot counts as 48 bytes. */
export function accumulatorBytes(accumulator: Accumulator): number {
  return accumulator.kind === 'object' ? accumulator.values.length * 48 : accumulator.values.byteLength;
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(frozen);
  if (value instanceof Map) return new Map([...value].map(([key, held]) => [key, frozen(held)]));
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, frozen(held)]));
}
