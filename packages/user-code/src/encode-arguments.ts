import { bigintAt, type Column, formatDecimal, isNullAt, type Value, valueAt } from '@millrace/batch';
import { type DataType, isFineTimestamp } from '@millrace/model';
import { textOfTicks } from './fine-time-text.ts';

/** What crosses into the sandbox: see the prelude for what becomes of it there. */
export type Crossing = string | number | boolean | null | readonly Crossing[];

/** The values of a column at some rows, in their order, as JSON data that loses nothing. */
export function crossingColumn(column: Column, type: DataType, rows: Int32Array): Crossing[] {
  const read = reader(column, type);
  return Array.from(rows, (row) => (isNullAt(column, row) ? null : read(row)));
}

/** One reader per kind of column: no value is boxed where the column holds it plainly. */
function reader(column: Column, type: DataType): (row: number) => Crossing {
  switch (column.kind) {
    case 'boolean':
      return (row) => column.values[row] === 1;
    case 'int32':
      return (row) => column.values[row] ?? 0;
    case 'float64':
      return (row) => crossingNumber(column.values[row] ?? 0);
    case 'int64': {
      if (type.kind === 'decimal') return (row) => formatDecimal(bigintAt(column, row), type.scale);
      if (isFineTimestamp(type)) return (row) => textOfTicks(bigintAt(column, row), type);
      const { wide, values } = column;
      return wide === undefined ? (row) => values[row] ?? 0 : (row) => String(wide[row] ?? 0n);
    }
    case 'string':
      return (row) => column.get(row);
    case 'bytes':
    case 'object':
      return (row) => crossingValue(valueAt(column, type, row), type);
  }
}

function crossingValue(value: Value, type: DataType): Crossing {
  if (typeof value === 'bigint') return isFineTimestamp(type) ? textOfTicks(value, type) : value.toString();
  if (typeof value === 'number') return crossingNumber(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value instanceof Map) {
    const [of, to] = type.kind === 'map' ? [type.key, type.value] : [type, type];
    return [...value].map(([key, item]) => [crossingValue(key, of), crossingValue(item, to)]);
  }
  if (Array.isArray(value)) return value.map((item: Value, at) => crossingValue(item, partAt(type, at)));
  return value as string | boolean | null;
}

function partAt(type: DataType, at: number): DataType {
  if (type.kind === 'array') return type.element;
  return (type.kind === 'row' ? type.fields[at]?.type : undefined) ?? type;
}

/** JSON has no NaN and no infinities, and writes -0 as 0. */
function crossingNumber(value: number): Crossing {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);
}
