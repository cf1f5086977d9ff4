import { type DataType, formatDataType, type Schema, StreamError } from '@millrace/model';
import { type Column, columnKindOf, type Nulls } from './column.ts';
import {
  CHANGES_FLAG,
  COLUMN_HEADER_BYTES,
  FORM,
  type Form,
  FRAME_MAGIC,
  fixedBytes,
  HEADER_BYTES,
  MAX_FRAME_ROWS,
  padded,
} from './frame-layout.ts';
import { valueFromJson } from './json-value.ts';
import { CHANGE, type RecordBatch } from './record-batch.ts';
import { StringColumn } from './string-column.ts';

/**
 * The inverse of `encodeFrame`: columns are views into `bytes`, which must not change afterwards (a frame
 * that does not start at a multiple of 8 is copied once). Throws `batch.corrupt-frame` for anything that
 * is not a frame of `schema`; every length is checked before it is used.
 */
export function decodeFrame(bytes: Uint8Array, schema: Schema): RecordBatch {
  const frame = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  if (frame.length < HEADER_BYTES) throw corrupt(`${frame.length} bytes are less than a header`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(0, true) !== FRAME_MAGIC) throw corrupt('it does not start with MRB1');
  const rows = view.getUint32(4, true);
  const columnWord = view.getUint32(8, true);
  const hasChanges = columnWord >= CHANGES_FLAG;
  const count = hasChanges ? columnWord - CHANGES_FLAG : columnWord;
  const size = view.getUint32(12, true);
  if (count !== schema.fields.length) throw corrupt(`${count} columns, expected ${schema.fields.length}`);
  if (size !== frame.length) throw corrupt(`${frame.length} bytes, expected ${size}`);
  if (rows > MAX_FRAME_ROWS) throw corrupt(`${rows} rows in ${size} bytes`);

  const changes = hasChanges ? changesOf(frame, rows) : undefined;
  const columns: Column[] = [];
  let at = HEADER_BYTES + (hasChanges ? padded(rows) : 0);
  for (const field of schema.fields) {
    const decoded = decodeColumn(frame, view, at, rows, field.type, field.name);
    columns.push(decoded.column);
    at = decoded.end;
  }
  if (at !== size) throw corrupt(`${size - at} bytes follow the last column`);
  return { schema, rows, columns, selection: undefined, ...(changes === undefined ? {} : { changes }) };
}

function changesOf(frame: Uint8Array, rows: number): Uint8Array {
  const changes = frame.subarray(HEADER_BYTES, HEADER_BYTES + rows);
  if (changes.length < rows) throw corrupt('its changes end behind the end');
  const wrong = changes.find((change) => change > CHANGE.delete);
  if (wrong !== undefined) throw corrupt(`change ${wrong} of a row`);
  return changes;
}

function decodeColumn(frame: Uint8Array, view: DataView, start: number, rows: number, type: DataType, name: string) {
  const place = `column ${name} ${formatDataType(type)}`;
  if (start + COLUMN_HEADER_BYTES > frame.length) throw corrupt(`${place} starts behind the end`);
  const form = formFor(view.getUint8(start), type, place);
  const hasNulls = view.getUint8(start + 1);
  if (hasNulls > 1) throw corrupt(`${place}: null flag ${hasNulls}`);
  const dataBytes = view.getUint32(start + 4, true);
  const nullsAt = start + COLUMN_HEADER_BYTES;
  const valuesAt = nullsAt + (hasNulls === 1 ? padded(rows) : 0);
  const dataAt = valuesAt + padded(fixedBytes(form, rows));
  const end = dataAt + padded(dataBytes);
  if (end > frame.length) throw corrupt(`${place} ends behind the end`);

  const nulls = hasNulls === 1 ? frame.subarray(nullsAt, nullsAt + rows) : undefined;
  const data = frame.subarray(dataAt, dataAt + dataBytes);
  if (form !== FORM.string && form !== FORM.bytes && form !== FORM.object && dataBytes !== 0) {
    throw corrupt(`${place}: unexpected data`);
  }
  return { column: valuesOf(frame, form, valuesAt, rows, nulls, data, type, place), end };
}

function formFor(found: number, type: DataType, place: string): Form {
  const kind = columnKindOf(type);
  const allowed: readonly Form[] = kind === 'int64' ? [FORM.narrow, FORM.wide64, FORM.wide128] : [FORM[kind]];
  const form = allowed.find((candidate) => candidate === found);
  if (form === undefined) throw corrupt(`${place} has form ${found}`);
  return form;
}

function valuesOf(
  frame: Uint8Array,
  form: Form,
  at: number,
  rows: number,
  nulls: Nulls,
  data: Uint8Array,
  type: DataType,
  place: string,
): Column {
  const { buffer } = frame;
  const offset = frame.byteOffset + at;
  switch (form) {
    case FORM.boolean:
      return { kind: 'boolean', values: frame.subarray(at, at + rows), nulls };
    case FORM.int32:
      return { kind: 'int32', values: new Int32Array(buffer, offset, rows), nulls };
    case FORM.float64:
      return { kind: 'float64', values: new Float64Array(buffer, offset, rows), nulls };
    case FORM.narrow:
      return {
        kind: 'int64',
        values: wholeNumbers(new Float64Array(buffer, offset, rows), nulls, place),
        wide: undefined,
        nulls,
      };
    case FORM.wide64:
      return { kind: 'int64', values: new Float64Array(0), wide: new BigInt64Array(buffer, offset, rows), nulls };
    case FORM.wide128:
      return {
        kind: 'int64',
        values: new Float64Array(0),
        wide: join(new BigInt64Array(buffer, offset, rows * 2)),
        nulls,
      };
    case FORM.string:
    case FORM.bytes: {
      const offsets = new Int32Array(buffer, offset, rows + 1);
      checkOffsets(offsets, data.length, place);
      const starts = offsets.subarray(0, rows);
      const ends = offsets.subarray(1);
      if (form === FORM.string) return StringColumn.fromUtf8(data, starts, ends, rows, nulls);
      return { kind: 'bytes', bytes: data, starts, ends, nulls };
    }
    case FORM.object:
      return objectsOf(data, rows, nulls, type, place);
  }
}

/** Narrow values become BIGINT and DECIMAL: a fraction or a NaN would end the task far from here. */
function wholeNumbers(values: Float64Array, nulls: Nulls, place: string): Float64Array {
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    if (!Number.isSafeInteger(value) && nulls?.[row] !== 1) throw corrupt(`${place}: ${value} is no whole number`);
  }
  return values;
}

function checkOffsets(offsets: Int32Array, dataBytes: number, place: string): void {
  let last = 0;
  for (let row = 0; row < offsets.length; row++) {
    const offset = offsets[row] ?? 0;
    if (offset < last) throw corrupt(`${place}: offset ${offset} after ${last}`);
    last = offset;
  }
  if (offsets[0] !== 0 || last !== dataBytes) throw corrupt(`${place}: offsets do not cover the data`);
}

function join(words: BigInt64Array): bigint[] {
  return Array.from(
    { length: words.length / 2 },
    (_, row) => ((words[row * 2 + 1] ?? 0n) << 64n) | BigInt.asUintN(64, words[row * 2] ?? 0n),
  );
}

function objectsOf(data: Uint8Array, rows: number, nulls: Nulls, type: DataType, place: string): Column {
  const json = parse(data, place);
  if (!Array.isArray(json) || json.length !== rows) throw corrupt(`${place}: not an array of ${rows} values`);
  const values = json.map((item) => {
    const value = valueFromJson(item, type);
    if (value === undefined) throw corrupt(`${place}: ${JSON.stringify(item)?.slice(0, 100)}`);
    return value;
  });
  return { kind: 'object', values, nulls };
}

function parse(data: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(data));
  } catch (cause) {
    throw corrupt(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function corrupt(reason: string): StreamError {
  return new StreamError(
    'batch.corrupt-frame',
    `A batch arrived damaged: ${reason}. The job restarts from its last checkpoint; if it happens again, both workers may run different versions.`,
    { domain: 'internal', retry: 'backoff' },
  );
}
