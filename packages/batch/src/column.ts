import { type DataType, isFineTimestamp } from '@millrace/model';
import type { StringColumn } from './string-column.ts';

/**
 * One column of a batch. `nulls[i] === 1` means row i is NULL and its value slot holds anything;
 * `nulls === undefined` means no NULL at all. Arrays may be longer than the batch has rows.
 */
export type Column =
  | BooleanColumn
  | Int32Column
  | Float64Column
  | Int64Column
  | StringColumn
  | BytesColumn
  | ObjectColumn;

export type Nulls = Uint8Array | undefined;

/** BOOLEAN as 0 and 1. */
export interface BooleanColumn {
  readonly kind: 'boolean';
  readonly values: Uint8Array;
  readonly nulls: Nulls;
}

/** TINYINT, SMALLINT, INTEGER; DATE in days since 1970-01-01; TIME in ms of day; INTERVAL in months. */
export interface Int32Column {
  readonly kind: 'int32';
  readonly values: Int32Array;
  readonly nulls: Nulls;
}

/** FLOAT, DOUBLE; TIMESTAMP and TIMESTAMP_LTZ up to precision 3 in epoch ms; INTERVAL in ms. */
export interface Float64Column {
  readonly kind: 'float64';
  readonly values: Float64Array;
  readonly nulls: Nulls;
}

/**
 * BIGINT, DECIMAL as its unscaled digits (12.50 of DECIMAL(10, 2) is 1250), fine timestamps as ticks. Narrow while every
 * value of the batch is a safe integer: `values` holds them and `wide` is undefined. Otherwise
 * `wide` holds every value of the batch and `values` is meaningless. Consumers take the narrow path
 * when they can and must be right on the wide one: no digit is lost.
 */
export interface Int64Column {
  readonly kind: 'int64';
  readonly values: Float64Array;
  readonly wide: readonly bigint[] | BigInt64Array | undefined;
  readonly nulls: Nulls;
}

/** Row i is `bytes[starts[i] .. ends[i])`. */
export interface BytesColumn {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly nulls: Nulls;
}

/** ARRAY (JS array), MAP (JS Map), ROW (JS array of field values), each holding `Value`s. */
export interface ObjectColumn {
  readonly kind: 'object';
  readonly values: readonly unknown[];
  readonly nulls: Nulls;
}

/** Which column holds a type; the one place that decides. */
export function columnKindOf(type: DataType): Column['kind'] {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'date':
    case 'time':
      return 'int32';
    case 'interval':
      return type.unit === 'months' ? 'int32' : 'float64';
    case 'float':
    case 'double':
      return 'float64';
    case 'timestamp':
    case 'timestamp_ltz':
      return isFineTimestamp(type) ? 'int64' : 'float64';
    case 'bigint':
    case 'decimal':
      return 'int64';
    case 'string':
      return 'string';
    case 'bytes':
      return 'bytes';
    case 'array':
    case 'map':
    case 'row':
      return 'object';
  }
}

export function isNullAt(column: Column, row: number): boolean {
  return column.nulls !== undefined && column.nulls[row] === 1;
}

/** The integer at `row` of a narrow or wide column, exact. */
export function bigintAt(column: Int64Column, row: number): bigint {
  return column.wide === undefined ? BigInt(column.values[row] ?? 0) : (column.wide[row] ?? 0n);
}
