import { bigintAt, type Int64Column, isNullAt, type RecordBatch } from '@millrace/batch';
import type { RecordHeader } from '@millrace/kafka-protocol';
import { type FineTimestamp, isFineTimestamp, msOfTicks, type Schema } from '@millrace/model';
import type { EncodedRows, Encoder } from '../formats/format.ts';
import { createEncoder } from '../formats/record-format.ts';
import type { RecordLayout } from './table.ts';

/** Rows of a table as key and value bytes and a timestamp. */
export class RecordEncoder {
  /** Of a METADATA column that is written, else the event time of the table. */
  readonly #timestamp: number | undefined;
  /** Of METADATA columns that are written. */
  readonly #headers: number | undefined;
  readonly #topic: number | undefined;
  readonly #value: Encoder;
  readonly #key: Encoder | undefined;

  constructor(layout: RecordLayout, schema: Schema) {
    this.#timestamp = layout.metadata.find(({ key }) => key === 'timestamp')?.column ?? schema.eventTime;
    this.#headers = layout.metadata.find(({ key }) => key === 'headers')?.column;
    this.#topic = layout.metadata.find(({ key }) => key === 'topic')?.column;
    this.#value = createEncoder(layout.valueFormat, schema.fields, layout.value);
    if (layout.keyFormat === undefined) return;
    const fields = schema.fields.map((field, column) =>
      layout.key.includes(column) ? { ...field, name: field.name.slice(layout.keyPrefix.length) } : field,
    );
    this.#key = createEncoder(layout.keyFormat, fields, layout.key);
  }

  values(batch: RecordBatch): EncodedRows {
    return this.#value.encode(batch);
  }

  keys(batch: RecordBatch): EncodedRows | undefined {
    return this.#key?.encode(batch);
  }

  /** When each row of the batch was, by row number, or undefined: the moment of writing. NaN where it is NULL. */
  timestamps(batch: RecordBatch): Float64Array | undefined {
    const column = this.#timestamp === undefined ? undefined : batch.columns[this.#timestamp];
    const type = batch.schema.fields[this.#timestamp ?? -1]?.type;
    if (column?.kind === 'int64' && type !== undefined && isFineTimestamp(type))
      return wholeMs(column, type, batch.rows);
    if (column?.kind !== 'float64') return undefined;
    const { nulls, values } = column;
    return nulls === undefined ? values : values.map((value, row) => (nulls[row] === 1 ? Number.NaN : value));
  }

  /** The topic each row of the batch names, by row number, null where it is NULL; undefined: there is only one. */
  topics(batch: RecordBatch): ((row: number) => string | null) | undefined {
    const column = this.#topic === undefined ? undefined : batch.columns[this.#topic];
    if (column?.kind !== 'string') return undefined;
    return (row) => (column.nulls?.[row] === 1 ? null : column.get(row));
  }

  /** The headers of each row of the batch, by row number; undefined: no row has any. */
  headers(batch: RecordBatch): ((row: number) => readonly RecordHeader[]) | undefined {
    const column = this.#headers === undefined ? undefined : batch.columns[this.#headers];
    if (column?.kind !== 'object') return undefined;
    const { nulls, values } = column;
    return (row) => (nulls?.[row] === 1 ? [] : headersOf(values[row]));
  }
}

/** A record's time has ms: what is behind them is cut. */
function wholeMs(column: Int64Column, type: FineTimestamp, rows: number): Float64Array {
  const at = (_: unknown, row: number) => (isNullAt(column, row) ? Number.NaN : msOfTicks(bigintAt(column, row), type));
  return Float64Array.from({ length: rows }, at);
}

/** Of a MAP of names to bytes or text; a NULL name or value makes no header, as in Flink. */
function headersOf(map: unknown): readonly RecordHeader[] {
  if (!(map instanceof Map)) return [];
  const headers: RecordHeader[] = [];
  for (const [key, value] of map as ReadonlyMap<unknown, unknown>) {
    if (typeof key !== 'string') continue;
    if (typeof value === 'string') headers.push([key, Buffer.from(value)]);
    else if (value instanceof Uint8Array) headers.push([key, value]);
  }
  return headers;
}
