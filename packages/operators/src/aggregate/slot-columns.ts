import { type Column, columnKindOf, int64ColumnOf, type Nulls } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { isInt32, scaleOf } from '../expression/scope.ts';
import { doubleToUnscaled, power10 } from '../function/decimal.ts';

/** The values of the given slots. */
export function pick(values: Float64Array, slots: Int32Array): Float64Array {
  const picked = new Float64Array(slots.length);
  for (let at = 0; at < slots.length; at++) picked[at] = values[slots[at] ?? 0] ?? 0;
  return picked;
}

/** NULL where the number of values in the slot is below `least`; undefined when nowhere. */
export function nullsBelow(counts: Float64Array | Int32Array, slots: Int32Array, least: number): Nulls {
  let nulls: Nulls;
  for (let at = 0; at < slots.length; at++) {
    if ((counts[slots[at] ?? 0] ?? 0) >= least) continue;
    nulls ??= new Uint8Array(slots.length);
    nulls[at] = 1;
  }
  return nulls;
}

/** Exact numbers as a column of `type`: integers wrap at their width, a DECIMAL too long is NULL, as is undefined. */
export function exactColumn(totals: readonly (bigint | undefined)[], type: DataType): Column {
  const limit = type.kind === 'decimal' ? power10(type.precision) : undefined;
  const fitting = totals.map((total) => {
    return total !== undefined && limit !== undefined && (total >= limit || total <= -limit) ? undefined : total;
  });
  const nulls = fitting.includes(undefined)
    ? Uint8Array.from(fitting, (total) => (total === undefined ? 1 : 0))
    : undefined;
  if (isInt32(type)) {
    const bits = type.kind === 'tinyint' ? 8 : type.kind === 'smallint' ? 16 : 32;
    const values = Int32Array.from(fitting, (total) => Number(BigInt.asIntN(bits, total ?? 0n)));
    return { kind: 'int32', values, nulls };
  }
  const wrapped = fitting.map((total) => (type.kind === 'bigint' ? BigInt.asIntN(64, total ?? 0n) : (total ?? 0n)));
  return int64ColumnOf(wrapped, nulls);
}

/** Doubles as a numeric type: integers lose their fraction, DECIMAL rounds at its scale. */
export function columnOfDoubles(values: Float64Array, nulls: Nulls, type: DataType): Column {
  if (type.kind === 'float') return { kind: 'float64', values: values.map(Math.fround), nulls };
  if (columnKindOf(type) === 'float64') return { kind: 'float64', values, nulls };
  const exact = Array.from(values, (value, at) => {
    if (nulls?.[at] === 1 || !Number.isFinite(value)) return undefined;
    return type.kind === 'decimal' ? doubleToUnscaled(value, scaleOf(type)) : BigInt(Math.trunc(value));
  });
  return exactColumn(exact, type);
}
