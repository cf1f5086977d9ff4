import { type DataType, StreamError } from '@millrace/model';
import { bigintAt, type Column, type Int64Column } from './column.ts';
import {
  CHANGES_FLAG,
  COLUMN_HEADER_BYTES,
  FORM,
  type Form,
  FRAME_MAGIC,
  fixedBytes,
  HEADER_BYTES,
  padded,
} from './frame-layout.ts';
import { rowNumbers } from './hash.ts';
import { valueToJson } from './json-value.ts';
import type { RecordBatch } from './record-batch.ts';
import type { Utf8Slices } from './string-column.ts';
import { valueAt } from './value.ts';

/** The selected rows of `batch` in the layout of `frame-layout.ts`, in a buffer of their own. `runs` are not written. */
export function encodeFrame(batch: RecordBatch): Uint8Array {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  const columns = batch.columns.map((column, index) => planColumn(column, batch.schema.fields[index]?.type, rows));
  const { changes } = batch;
  const changeBytes = changes === undefined ? 0 : padded(rows.length);
  const size = columns.reduce((sum, { sizeBytes }) => sum + sizeBytes, HEADER_BYTES + changeBytes);
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint32(4, rows.length, true);
  view.setUint32(8, changes === undefined ? columns.length : columns.length + CHANGES_FLAG, true);
  view.setUint32(12, size, true);
  if (changes !== undefined) copyInto(frame.subarray(HEADER_BYTES), changes, rows);
  let at = HEADER_BYTES + changeBytes;
  for (const planned of columns) {
    writeColumn(planned, rows, frame, view, at);
    at += planned.sizeBytes;
  }
  return frame;
}

interface PlannedColumn {
  readonly column: Column;
  readonly form: Form;
  readonly json: Uint8Array | undefined;
  readonly dataBytes: number;
  readonly sizeBytes: number;
}

function planColumn(column: Column, type: DataType | undefined, rows: Int32Array): PlannedColumn {
  if (type === undefined) throw new Error('a batch has more columns than its schema has fields');
  const form = formOf(column, rows);
  const json = column.kind === 'object' ? jsonOf(column, type, rows) : undefined;
  const dataBytes = json?.length ?? slicesBytes(column, rows);
  const nullBytes = column.nulls === undefined ? 0 : padded(rows.length);
  const sizeBytes = COLUMN_HEADER_BYTES + nullBytes + padded(fixedBytes(form, rows.length)) + padded(dataBytes);
  return { column, form, json, dataBytes, sizeBytes };
}

function formOf(column: Column, rows: Int32Array): Form {
  if (column.kind !== 'int64') return FORM[column.kind];
  if (column.wide === undefined) return FORM.narrow;
  let form: Form = FORM.wide64;
  for (const row of rows) {
    if (column.nulls?.[row] === 1) continue;
    const value = bigintAt(column, row);
    if (BigInt.asIntN(64, value) === value) continue;
    if (BigInt.asIntN(128, value) !== value) throw tooWide();
    form = FORM.wide128;
  }
  return form;
}

function jsonOf(column: Column, type: DataType, rows: Int32Array): Uint8Array {
  const values = Array.from(rows, (row) => valueToJson(valueAt(column, type, row), type));
  return new TextEncoder().encode(JSON.stringify(values));
}

function slicesOf(column: Column): Utf8Slices | undefined {
  if (column.kind === 'string') return column.utf8();
  return column.kind === 'bytes' ? column : undefined;
}

function slicesBytes(column: Column, rows: Int32Array): number {
  const slices = slicesOf(column);
  if (slices === undefined) return 0;
  const { starts, ends } = slices;
  const { nulls } = column;
  let total = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    if (nulls?.[row] !== 1) total += (ends[row] ?? 0) - (starts[row] ?? 0);
  }
  return total;
}

function writeColumn(planned: PlannedColumn, rows: Int32Array, frame: Uint8Array, view: DataView, start: number): void {
  const { column, form, dataBytes } = planned;
  frame[start] = form;
  frame[start + 1] = column.nulls === undefined ? 0 : 1;
  view.setUint32(start + 4, dataBytes, true);
  let at = start + COLUMN_HEADER_BYTES;
  if (column.nulls !== undefined) {
    copyInto(frame.subarray(at), column.nulls, rows);
    at += padded(rows.length);
  }
  switch (column.kind) {
    case 'boolean':
      copyInto(frame.subarray(at), column.values, rows);
      return;
    case 'int32':
      copyInto(new Int32Array(frame.buffer, at, rows.length), column.values, rows);
      return;
    case 'float64':
      copyInto(new Float64Array(frame.buffer, at, rows.length), column.values, rows);
      return;
    case 'int64':
      writeIntegers(column, form, rows, frame, at);
      return;
    case 'string':
    case 'bytes':
      writeSlices(column, rows, frame, at);
      return;
    case 'object':
      if (planned.json !== undefined) frame.set(planned.json, at);
      return;
  }
}

function copyInto(to: Uint8Array | Int32Array | Float64Array, from: ArrayLike<number>, rows: Int32Array): void {
  for (let at = 0; at < rows.length; at++) to[at] = from[rows[at] ?? 0] ?? 0;
}

function writeIntegers(column: Int64Column, form: Form, rows: Int32Array, frame: Uint8Array, at: number): void {
  if (form === FORM.narrow) {
    copyInto(new Float64Array(frame.buffer, at, rows.length), column.values, rows);
    return;
  }
  const step = form === FORM.wide128 ? 2 : 1;
  const words = new BigInt64Array(frame.buffer, at, rows.length * step);
  for (const [index, row] of rows.entries()) {
    const value = column.nulls?.[row] === 1 ? 0n : bigintAt(column, row);
    // A BigInt64Array keeps the low 64 bits of what is stored.
    words[index * step] = value;
    if (step === 2) words[index * 2 + 1] = value >> 64n;
  }
}

function writeSlices(column: Column, rows: Int32Array, frame: Uint8Array, start: number): void {
  const slices = slicesOf(column);
  if (slices === undefined) return;
  const { bytes, starts, ends } = slices;
  const { nulls } = column;
  const offsets = new Uint32Array(frame.buffer, start, rows.length + 1);
  const data = start + padded(offsets.byteLength);
  let to = data;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    offsets[at] = to - data;
    if (nulls?.[row] === 1) continue;
    const end = ends[row] ?? 0;
    let from = starts[row] ?? 0;
    if (end - from > 32) {
      frame.set(bytes.subarray(from, end), to);
      to += end - from;
    } else while (from < end) frame[to++] = bytes[from++] ?? 0;
  }
  offsets[rows.length] = to - data;
}

function tooWide(): StreamError {
  return new StreamError('batch.too-wide', 'An integer beyond 38 digits cannot be sent; cast it to DOUBLE.', {
    domain: 'internal',
    retry: 'never',
  });
}
