/**
 * The types a value can have, named as in Flink SQL. `nullable` is part of the type.
 *
 * How a column of each type is held in memory is said in `@millrace/batch`; in short: 32-bit
 * integers, DATE (days since 1970-01-01) and TIME (ms of day) in Int32Array; BIGINT and the unscaled
 * DECIMAL in Float64Array while every value is a safe integer, in bigint otherwise; TIMESTAMP and
 * TIMESTAMP_LTZ of precision 0 to 3 as epoch milliseconds in Float64Array, of precision 4 to 9 (`isFineTimestamp`)
 * as ticks: a whole number of 10^-precision seconds since the epoch, held as a BIGINT is.
 */
export type DataType =
  | { readonly kind: 'boolean'; readonly nullable: boolean }
  | { readonly kind: 'tinyint' | 'smallint' | 'integer' | 'bigint'; readonly nullable: boolean }
  | { readonly kind: 'float' | 'double'; readonly nullable: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly nullable: boolean }
  | { readonly kind: 'string' | 'bytes'; readonly nullable: boolean }
  | { readonly kind: 'date'; readonly nullable: boolean }
  | { readonly kind: 'time'; readonly precision: number; readonly nullable: boolean }
  | { readonly kind: 'timestamp' | 'timestamp_ltz'; readonly precision: number; readonly nullable: boolean }
  /** Year-month intervals count months in 32 bits; day-time intervals count milliseconds, safe integers. */
  | { readonly kind: 'interval'; readonly unit: 'months' | 'milliseconds'; readonly nullable: boolean }
  | { readonly kind: 'array'; readonly element: DataType; readonly nullable: boolean }
  /**
   * A MULTISET is the MAP of its values to how often each is there, an INT NOT NULL from 1: so it is held, encoded and sent everywhere. What differs is
   * its name, what it can be cast to, and how it is taken apart.
   */
  | {
      readonly kind: 'map';
      readonly key: DataType;
      readonly value: DataType;
      readonly nullable: boolean;
      readonly isMultiset?: true;
    }
  | { readonly kind: 'row'; readonly fields: readonly Field[]; readonly nullable: boolean };

export type DataTypeKind = DataType['kind'];

export interface Field {
  readonly name: string;
  readonly type: DataType;
}

export interface Schema {
  readonly fields: readonly Field[];
  /** Index of the event-time attribute, when the stream carries watermarks. */
  readonly eventTime?: number;
  /** Indexes of the PRIMARY KEY NOT ENFORCED columns. */
  readonly primaryKey?: readonly number[];
}

/** MULTISET<element>. */
export function multisetType(element: DataType, nullable: boolean): Extract<DataType, { kind: 'map' }> {
  return { kind: 'map', key: element, value: { kind: 'integer', nullable: false }, nullable, isMultiset: true };
}

/** Flink's spelling: `DECIMAL(10, 2) NOT NULL`. */
export function formatDataType(type: DataType): string {
  return type.nullable ? formatKind(type) : `${formatKind(type)} NOT NULL`;
}

function formatKind(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'time':
    case 'timestamp':
    case 'timestamp_ltz':
      return `${type.kind.toUpperCase()}(${type.precision})`;
    case 'interval':
      // As Flink names them, whichever units they were declared with.
      return type.unit === 'months' ? 'INTERVAL MONTH' : 'INTERVAL SECOND(3)';
    case 'array':
      return `ARRAY<${formatDataType(type.element)}>`;
    case 'map':
      if (type.isMultiset === true) return `MULTISET<${formatDataType(type.key)}>`;
      return `MAP<${formatDataType(type.key)}, ${formatDataType(type.value)}>`;
    case 'row':
      return `ROW<${type.fields.map((field) => `${field.name} ${formatDataType(field.type)}`).join(', ')}>`;
    default:
      return type.kind === 'integer' ? 'INT' : type.kind.toUpperCase();
  }
}
