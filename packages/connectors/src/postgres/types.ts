import type { DataType } from '@millrace/model';

/** How a type is written in CREATE TABLE. */
export function postgresTypeOf(type: DataType): string {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'tinyint':
    case 'smallint':
      return 'smallint';
    case 'integer':
      return 'integer';
    case 'bigint':
      return 'bigint';
    case 'float':
      return 'real';
    case 'double':
      return 'double precision';
    case 'decimal':
      return `numeric(${type.precision}, ${type.scale})`;
    case 'string':
      return 'text';
    case 'bytes':
      return 'bytea';
    case 'date':
      return 'date';
    case 'time':
      return 'time(3)';
    case 'timestamp':
      return `timestamp(${Math.max(3, type.precision)})`;
    case 'timestamp_ltz':
      return `timestamptz(${Math.max(3, type.precision)})`;
    case 'interval':
      return 'bigint';
    case 'array':
    case 'map':
    case 'row':
      return 'jsonb';
  }
}

/** `information_schema.columns.data_type` a value of the type may be stored in without loss. */
export function acceptedTypes(type: DataType): readonly string[] {
  switch (type.kind) {
    case 'boolean':
      return ['boolean'];
    case 'tinyint':
    case 'smallint':
      return ['smallint', 'integer', 'bigint', 'numeric'];
    case 'integer':
      return ['integer', 'bigint', 'numeric'];
    case 'bigint':
    case 'interval':
      return ['bigint', 'numeric'];
    case 'float':
      return ['real', 'double precision'];
    case 'double':
      return ['double precision'];
    case 'decimal':
      return ['numeric'];
    case 'string':
      return ['text', 'character varying', 'character'];
    case 'bytes':
      return ['bytea'];
    case 'date':
      return ['date'];
    case 'time':
      return ['time without time zone'];
    case 'timestamp':
      return ['timestamp without time zone'];
    case 'timestamp_ltz':
      return ['timestamp with time zone'];
    case 'array':
    case 'map':
    case 'row':
      return ['jsonb', 'json'];
  }
}

const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];

/** Whether a column of the database, its type as `format_type` names it, is read as a type without loss (but for digits of a second beyond its own). */
export function isReadableAs(stored: string, type: DataType): boolean {
  switch (type.kind) {
    case 'bigint':
    case 'interval':
      return INTEGERS.includes(stored);
    case 'integer':
      return stored === 'integer' || stored === 'smallint';
    case 'tinyint':
    case 'smallint':
      return stored === 'smallint';
    case 'decimal':
      return stored === 'numeric' || INTEGERS.includes(stored);
    case 'double':
      return stored === 'double precision' || stored === 'real';
    case 'string':
      return stored !== 'bytea';
    case 'array':
      return stored.endsWith('[]') || stored === 'jsonb' || stored === 'json';
    default:
      return acceptedTypes(type).includes(stored);
  }
}
