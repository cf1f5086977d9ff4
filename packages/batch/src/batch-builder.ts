import { type DataType, formatDataType, type Schema, StreamError } from '@millrace/model';
import { type Column, columnKindOf, type Nulls } from './column.ts';
import { CHANGE, type Change, type RecordBatch } from './record-batch.ts';
import { StringColumn } from './string-column.ts';
import { parseDecimal, type Value } from './value.ts';

/** Rows in, one batch out. For generators, tests and row-wise edges; the hot path writes columns directly. */
export class BatchBuilder {
  readonly #schema: Schema;
  readonly #columns: Value[][];
  #changes: number[] = [];
  #isChangelog = false;
  #rows = 0;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#columns = schema.fields.map(() => []);
  }

  get rows(): number {
    return this.#rows;
  }

  /** One value per field, in the form `Value` documents; DECIMAL text is brought to the field's scale. */
  append(row: readonly Value[], change: Change = CHANGE.insert): void {
    this.#changes.push(change);
    this.#isChangelog ||= change !== CHANGE.insert;
    for (const [index, column] of this.#columns.entries()) column.push(row[index] ?? null);
    this.#rows++;
  }

  /** The rows so far as a batch; the builder starts empty again. */
  finish(): RecordBatch {
    const rows = this.#rows;
    const columns = this.#schema.fields.map((field, index) => columnOf(this.#columns[index] ?? [], field.type));
    for (const column of this.#columns) column.length = 0;
    const changes = this.#isChangelog ? { changes: Uint8Array.from(this.#changes) } : {};
    this.#changes = [];
    this.#isChangelog = false;
    this.#rows = 0;
    return { schema: this.#schema, rows, columns, selection: undefined, ...changes };
  }
}

/** A column of `type` from values, NULLs included. */
export function columnOf(values: readonly Value[], type: DataType): Column {
  const nulls = nullsOf(values);
  switch (columnKindOf(type)) {
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(values, (value) => (value === true ? 1 : 0)), nulls };
    case 'int32':
      return { kind: 'int32', values: Int32Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'float64':
      return { kind: 'float64', values: Float64Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'int64':
      return int64ColumnOf(
        values.map((value) => integerOf(value, type)),
        nulls,
      );
    case 'string':
      return StringColumn.fromStrings(
        values.map((value) => (value === null ? undefined : String(value))),
        nulls,
      );
    case 'bytes':
      return bytesColumnOf(values, nulls);
    case 'object':
      return { kind: 'object', values: [...values], nulls };
  }
}

/** Narrow when every value is a safe integer, wide otherwise. */
export function int64ColumnOf(integers: readonly bigint[], nulls: Nulls): Column {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  if (integers.every((value) => value <= limit && value >= -limit)) {
    return { kind: 'int64', values: Float64Array.from(integers, Number), wide: undefined, nulls };
  }
  return { kind: 'int64', values: new Float64Array(0), wide: integers, nulls };
}

function integerOf(value: Value, type: DataType): bigint {
  if (value === null) return 0n;
  if (typeof value === 'bigint' && type.kind !== 'decimal') return value;
  const integer = parseDecimal(String(value), type.kind === 'decimal' ? type.scale : 0);
  if (integer !== undefined) return integer;
  throw new StreamError('batch.bad-value', `"${value}" is no ${formatDataType(type)}; give its digits.`, {
    domain: 'internal',
    retry: 'never',
  });
}

function nullsOf(values: readonly Value[]): Nulls {
  return values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined;
}

function bytesColumnOf(values: readonly Value[], nulls: Nulls): Column {
  const parts = values.map((value) => (value instanceof Uint8Array ? value : new Uint8Array(0)));
  const starts = new Int32Array(parts.length);
  const ends = new Int32Array(parts.length);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [row, part] of parts.entries()) {
    starts[row] = at;
    bytes.set(part, at);
    at += part.length;
    ends[row] = at;
  }
  return { kind: 'bytes', bytes, starts, ends, nulls };
}
