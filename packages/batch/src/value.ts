import type { DataType } from '@millrace/model';
import { bigintAt, type Column, isNullAt } from './column.ts';

/**
 * One value outside a column, for previews, row-wise sinks and tests. BIGINT is bigint; DECIMAL is its
 * digits as text with the type's scale ('12.50'); DATE is days, TIME ms of day, TIMESTAMP and TIMESTAMP_LTZ epoch ms
 * and beyond precision 3 a bigint of ticks, INTERVAL months or ms; ARRAY an array, MAP a Map, ROW an array of field values.
 */
export type Value =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | null
  | readonly Value[]
  | ReadonlyMap<Value, Value>;

export function valueAt(column: Column, type: DataType, row: number): Value {
  if (isNullAt(column, row)) return null;
  switch (column.kind) {
    case 'boolean':
      return column.values[row] === 1;
    case 'int32':
    case 'float64':
      return column.values[row] ?? null;
    case 'int64':
      return type.kind === 'decimal' ? formatDecimal(bigintAt(column, row), type.scale) : bigintAt(column, row);
    case 'string':
      return column.get(row);
    case 'bytes':
      return column.bytes.slice(column.starts[row], column.ends[row]);
    case 'object':
      return column.values[row] as Value;
  }
}

/** 1250 with scale 2 is '12.50'; -5 with scale 2 is '-0.05'. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/**
 * '12.5' at scale 2 is 1250n. Digits beyond the scale round half up (away from zero), as Flink's cast
 * does. Undefined when the text is no number.
 */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const shift = scale - fraction.length + Number(exponent);
  let unscaled = BigInt(whole + fraction);
  if (shift >= 0) unscaled *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    unscaled = (unscaled + divisor / 2n) / divisor;
  }
  return sign === '-' ? -unscaled : unscaled;
}
