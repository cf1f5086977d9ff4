import { bigintAt, type Column, columnKindOf, isNullAt, type RecordBatch } from '@millrace/batch';
import { type DataType, type Field, type FineTimestamp, isFineTimestamp } from '@millrace/model';
import { ByteSink } from './byte-sink.ts';
import { checkCsvField } from './csv-decoder.ts';
import type { CsvDialect } from './csv-dialect.ts';
import type { EncodedRows, Encoder } from './format.ts';
import { writeDate, writeTicks, writeTime, writeTimestamp } from './time-text.ts';

const encoder = new TextEncoder();
const FIXED_BYTES_MAX = 64;

/** Writes the value of one row; it is not NULL. */
type WriteField = (sink: ByteSink, column: Column, row: number) => void;

/**
 * Columns to one CSV record per selected row, without a line break. Text is quoted when it would be read as
 * something else; NULL is the null literal, or nothing. Digits are exact, BYTES are base64.
 */
export class CsvEncoder implements Encoder {
  readonly #columns: readonly number[];
  readonly #writers: readonly WriteField[];
  readonly #delimiter: number;
  readonly #null: Uint8Array;
  readonly #sink = new ByteSink();
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  /** `columns` are the batch's columns to write, by index. */
  constructor(fields: readonly Field[], columns: readonly number[], dialect: CsvDialect) {
    for (const field of columns.flatMap((index) => fields[index] ?? [])) checkCsvField(field);
    this.#columns = columns;
    this.#writers = columns.map((index) => writerOf(fields[index]?.type, dialect));
    this.#delimiter = dialect.delimiter;
    this.#null = encoder.encode(dialect.nullLiteral ?? '');
  }

  encode(batch: RecordBatch): EncodedRows {
    const count = batch.selection?.length ?? batch.rows;
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    }
    this.#sink.at = 0;
    const columns = this.#columns.map((index) => batch.columns[index]);
    for (let index = 0; index < count; index++) {
      this.#starts[index] = this.#sink.at;
      this.#writeRow(columns, batch.selection?.[index] ?? index);
      this.#ends[index] = this.#sink.at;
    }
    return { bytes: this.#sink.bytes, starts: this.#starts, ends: this.#ends, count };
  }

  #writeRow(columns: readonly (Column | undefined)[], row: number): void {
    const sink = this.#sink;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      if (index > 0) writeByte(sink, this.#delimiter);
      if (column === undefined || isNullAt(column, row)) writeBytes(sink, this.#null, 0, this.#null.length);
      else this.#writers[index]?.(sink, column, row);
    }
  }
}

function writerOf(type: DataType | undefined, dialect: CsvDialect): WriteField {
  switch (type === undefined ? 'object' : columnKindOf(type)) {
    case 'string':
      return textWriter(dialect);
    case 'bytes':
      return (sink, column, row) => {
        if (column.kind === 'bytes') sink.text(Buffer.from(slice(column, row)).toString('base64'));
      };
    case 'boolean':
      return (sink, column, row) => sink.text(column.kind === 'boolean' && column.values[row] === 1 ? 'true' : 'false');
    case 'int64': {
      if (type !== undefined && isFineTimestamp(type)) return ticksWriter(type);
      const scale = type?.kind === 'decimal' ? type.scale : 0;
      return (sink, column, row) => {
        if (column.kind !== 'int64') return;
        if (column.wide === undefined) sink.decimal(column.values[row] ?? 0, scale);
        else sink.wideDecimal(bigintAt(column, row), scale);
      };
    }
    default:
      return (sink, column, row) => {
        if (column.kind === 'int32' || column.kind === 'float64') writeNumber(sink, type, column.values[row] ?? 0);
      };
  }
}

function ticksWriter(type: FineTimestamp): WriteField {
  return (sink, column, row) => {
    if (column.kind !== 'int64') return;
    sink.reserve(FIXED_BYTES_MAX);
    const ticks = column.wide === undefined ? (column.values[row] ?? 0) : bigintAt(column, row);
    sink.at = writeTicks(sink.bytes, sink.at, ticks, type);
    if (type.kind === 'timestamp_ltz') writeByte(sink, 90);
  };
}

function writeNumber(sink: ByteSink, type: DataType | undefined, value: number): void {
  sink.reserve(FIXED_BYTES_MAX);
  switch (type?.kind) {
    case 'date':
      sink.at = writeDate(sink.bytes, sink.at, value);
      return;
    case 'time':
      sink.at = writeTime(sink.bytes, sink.at, value);
      return;
    case 'timestamp':
      sink.at = writeTimestamp(sink.bytes, sink.at, value);
      return;
    case 'timestamp_ltz':
      sink.at = writeTimestamp(sink.bytes, sink.at, value);
      writeByte(sink, 90);
      return;
    case 'float':
    case 'double':
      if (!Number.isFinite(value)) sink.text(String(value));
      else if (type.kind === 'float') sink.float(value);
      else sink.double(value);
      return;
    default:
      sink.integer(value);
  }
}

/** Quotes what holds a special character, begins or ends with a blank, is a comment, or reads as NULL. */
function textWriter({ delimiter, quote, escaping, nullLiteral }: CsvDialect): WriteField {
  const nothing = encoder.encode(nullLiteral ?? '');
  const isSpecial = (byte: number) =>
    byte === delimiter || byte === quote || byte === escaping || byte === 10 || byte === 13;
  const mark = quote === -1 ? escaping : quote;
  return (sink, column, row) => {
    if (column.kind !== 'string') return;
    const { bytes, starts, ends } = column.utf8();
    const start = starts[row] ?? 0;
    const end = ends[row] ?? 0;
    let special =
      equals(bytes, start, end, nothing) || bytes[start] === 35 || bytes[start] === 32 || bytes[end - 1] === 32;
    for (let at = start; at < end && !special; at++) special = isSpecial(bytes[at] ?? 0);
    if (!special || mark === -1) {
      writeBytes(sink, bytes, start, end);
      return;
    }
    if (quote !== -1) writeByte(sink, quote);
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === escaping) writeByte(sink, escaping);
      else if (byte === quote) writeByte(sink, quote);
      else if (quote === -1 && isSpecial(byte)) writeByte(sink, escaping);
      writeByte(sink, byte);
    }
    if (quote !== -1) writeByte(sink, quote);
  };
}

function equals(bytes: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  if (end - start !== other.length) return false;
  return other.every((byte, index) => bytes[start + index] === byte);
}

function slice({ bytes, starts, ends }: Extract<Column, { kind: 'bytes' }>, row: number): Uint8Array {
  return bytes.subarray(starts[row], ends[row]);
}

function writeByte(sink: ByteSink, byte: number): void {
  sink.reserve(1);
  sink.bytes[sink.at++] = byte;
}

function writeBytes(sink: ByteSink, bytes: Uint8Array, start: number, end: number): void {
  sink.reserve(end - start);
  sink.bytes.set(bytes.subarray(start, end), sink.at);
  sink.at += end - start;
}
