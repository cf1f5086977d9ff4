import { type Column, columnKindOf, int64ColumnOf, type Nulls, StringColumn, type Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { unsupported } from '../expression/scope.ts';
import { compareText } from '../function/text.ts';
import { decodeValue, encodeValue } from '../function/value-code.ts';

/**
 * A value as it stands in a Map of state, equal exactly when the values are: numbers (BOOLEAN as 0 and 1), bigint only beyond the safe
 * integers, strings; BYTES as a string of one character per byte; ARRAY, MAP and ROW
 * as `encodeValue` writes them.
 */
export type Held = number | bigint | string;

/** It has an order. */
export function assertComparable(what: string, type: DataType): void {
  if (columnKindOf(type) === 'object') throw unsupported(what, type);
}

/** Rows that are not NULL. */
export function heldReader(column: Column | undefined): (row: number) => Held {
  switch (column?.kind) {
    case 'boolean':
    case 'int32':
    case 'float64': {
      const { values } = column;
      return (row) => values[row] ?? 0;
    }
    case 'int64': {
      const { values, wide } = column;
      return wide === undefined ? (row) => values[row] ?? 0 : (row) => narrowed(wide[row] ?? 0n);
    }
    case 'string':
      return (row) => column.get(row);
    case 'bytes':
      return (row) => Buffer.from(column.bytes.subarray(column.starts[row], column.ends[row])).toString('latin1');
    case 'object':
      return (row) => encodeValue(column.values[row] as Value);
    default:
      throw new Error('a value that cannot be told apart');
  }
}

/** `undefined` is NULL. */
export function columnOfHeld(values: readonly (Held | undefined)[], type: DataType): Column {
  const nulls: Nulls = values.includes(undefined)
    ? Uint8Array.from(values, (value) => (value === undefined ? 1 : 0))
    : undefined;
  const kind = columnKindOf(type);
  switch (kind) {
    case 'boolean':
      return { kind, values: Uint8Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'int32':
      return { kind, values: Int32Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'float64':
      return { kind, values: Float64Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'int64':
      return int64ColumnOf(
        values.map((value) => BigInt(value ?? 0)),
        nulls,
      );
    case 'string':
      return StringColumn.fromStrings(
        values.map((value) => (value === undefined ? undefined : String(value))),
        nulls,
      );
    case 'bytes':
      return bytesOf(values, nulls);
    case 'object':
      return { kind, values: values.map((value) => (value === undefined ? null : decodeValue(String(value)))), nulls };
  }
}

/** The order of MIN and MAX: text by code points, NaN above all numbers. */
export function compareHeld(type: DataType): (a: Held, b: Held) => number {
  if (columnKindOf(type) === 'string') return (a, b) => compareText(String(a), String(b));
  return (a, b) => {
    if (a < b) return -1;
    if (a > b) return 1;
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  };
}

function narrowed(value: bigint): Held {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function bytesOf(values: readonly (Held | undefined)[], nulls: Nulls): Column {
  const parts = values.map((value) => Buffer.from(String(value ?? ''), 'latin1'));
  const starts = new Int32Array(parts.length);
  const ends = new Int32Array(parts.length);
  let end = 0;
  for (const [at, part] of parts.entries()) {
    starts[at] = end;
    end += part.length;
    ends[at] = end;
  }
  return { kind: 'bytes', bytes: new Uint8Array(Buffer.concat(parts)), starts, ends, nulls };
}
