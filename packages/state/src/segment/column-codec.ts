import { type BytesColumn, type Column, type Int64Column, StringColumn } from '@millrace/batch';
import { pickedBytes, pickedDoubles, pickedIntegers } from './picked.ts';
import { decodeValues, encodeValues } from './value-codec.ts';

/**
 * A column of keys or rows as blocks: null flags (empty block when there is no NULL), then the values as they lie in
 * memory: u8, i32 or f64 per row; wide integers and objects by `encodeValues`; strings and bytes as row lengths (i32)
 * and one run of bytes.
 */
export interface ColumnMeta {
  readonly kind: Column['kind'];
  readonly wide: boolean;
}

export interface EncodedColumn {
  readonly meta: ColumnMeta;
  readonly blocks: readonly Uint8Array[];
}

/** Up to this many bytes a loop is faster than a call of `set`. */
const SHORT_BYTES = 160;

/** How many blocks a column takes. */
export function blocksOf(meta: ColumnMeta): number {
  return meta.kind === 'string' || meta.kind === 'bytes' ? 3 : 2;
}

/** Only the given rows, in their order; undefined: the first `height`, as they lie. */
export function encodeColumn(column: Column, rows: Int32Array | undefined, height: number): EncodedColumn {
  if (rows === undefined) return encodeWhole(column, height);
  const nulls = column.nulls === undefined ? new Uint8Array(0) : pickedBytes(column.nulls, rows);
  const meta: ColumnMeta = { kind: column.kind, wide: column.kind === 'int64' && column.wide !== undefined };
  switch (column.kind) {
    case 'boolean':
      return { meta, blocks: [nulls, pickedBytes(column.values, rows)] };
    case 'int32':
      return { meta, blocks: [nulls, bytesOf(pickedIntegers(column.values, rows))] };
    case 'float64':
      return { meta, blocks: [nulls, bytesOf(pickedDoubles(column.values, rows))] };
    case 'int64':
      return { meta, blocks: [nulls, encodeIntegers(column, rows)] };
    case 'string':
      return { meta, blocks: [nulls, ...encodeSlices(column.utf8(), rows)] };
    case 'bytes':
      return { meta, blocks: [nulls, ...encodeSlices(column, rows)] };
    case 'object':
      return { meta, blocks: [nulls, encodeValues(Array.from(rows, (row) => column.values[row]))] };
  }
}

/** What lies densely in memory already is not copied again. */
function encodeWhole(column: Column, height: number): EncodedColumn {
  const nulls = column.nulls?.subarray(0, height) ?? new Uint8Array(0);
  const meta: ColumnMeta = { kind: column.kind, wide: column.kind === 'int64' && column.wide !== undefined };
  switch (column.kind) {
    case 'boolean':
      return { meta, blocks: [nulls, column.values.subarray(0, height)] };
    case 'int32':
    case 'float64':
      return { meta, blocks: [nulls, bytesOf(column.values.subarray(0, height))] };
    case 'int64':
      if (column.wide === undefined) return { meta, blocks: [nulls, bytesOf(column.values.subarray(0, height))] };
      break;
    case 'string':
    case 'bytes': {
      const slices = column.kind === 'string' ? column.utf8() : column;
      if (!isContiguous(slices, height)) break;
      const run = slices.bytes.subarray(slices.starts[0] ?? 0, slices.ends[height - 1] ?? 0);
      return { meta, blocks: [nulls, bytesOf(lengthsOf(slices, height)), run] };
    }
    case 'object':
      break;
  }
  const all = new Int32Array(height).map((_, row) => row);
  return encodeColumn(column, all, height);
}

type Slices = Pick<BytesColumn, 'bytes' | 'starts' | 'ends'>;

function isContiguous({ starts, ends }: Slices, height: number): boolean {
  for (let row = 1; row < height; row++) if (starts[row] !== ends[row - 1]) return false;
  return true;
}

function lengthsOf({ starts, ends }: Slices, height: number): Int32Array {
  const lengths = new Int32Array(height);
  for (let row = 0; row < height; row++) lengths[row] = (ends[row] ?? 0) - (starts[row] ?? 0);
  return lengths;
}

export function decodeColumn(meta: ColumnMeta, blocks: readonly Uint8Array[], rows: number): Column {
  const [flags = new Uint8Array(0), values = new Uint8Array(0), run = new Uint8Array(0)] = blocks;
  const nulls = flags.length === 0 ? undefined : flags;
  switch (meta.kind) {
    case 'boolean':
      return { kind: 'boolean', values, nulls };
    case 'int32':
      return { kind: 'int32', values: int32sOf(values), nulls };
    case 'float64':
      return { kind: 'float64', values: float64sOf(values), nulls };
    case 'int64': {
      if (!meta.wide) return { kind: 'int64', values: float64sOf(values), wide: undefined, nulls };
      const wide = decodeValues(values, rows).map((value) => BigInt(value as bigint));
      return { kind: 'int64', values: new Float64Array(0), wide, nulls };
    }
    case 'string':
    case 'bytes':
      return bytesOfRun(meta.kind, int32sOf(values), run, nulls);
    case 'object':
      return { kind: 'object', values: decodeValues(values, rows), nulls };
  }
}

/** The bytes of a typed array as they lie in memory; every platform Millrace runs on is little-endian. */
export function bytesOf(array: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Copied, because blocks lie at any byte offset. */
export function int32sOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(new Uint8Array(bytes).buffer);
}

export function float64sOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer);
}

function encodeIntegers(column: Int64Column, rows: Int32Array): Uint8Array {
  const { wide } = column;
  if (wide === undefined) return bytesOf(pickedDoubles(column.values, rows));
  return encodeValues(Array.from(rows, (row) => wide[row] ?? 0n));
}

function encodeSlices({ bytes, starts, ends }: Slices, rows: Int32Array): Uint8Array[] {
  const lengths = new Int32Array(rows.length);
  let total = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const length = (ends[row] ?? 0) - (starts[row] ?? 0);
    lengths[at] = length;
    total += length;
  }
  const run = new Uint8Array(total);
  for (let at = 0, to = 0; at < rows.length; at++) {
    const from = starts[rows[at] ?? 0] ?? 0;
    const length = lengths[at] ?? 0;
    if (length > SHORT_BYTES) run.set(bytes.subarray(from, from + length), to);
    else for (let index = 0; index < length; index++) run[to + index] = bytes[from + index] ?? 0;
    to += length;
  }
  return [bytesOf(lengths), run];
}

export function bytesOfRun(
  kind: 'string' | 'bytes',
  lengths: Int32Array,
  bytes: Uint8Array,
  nulls: Column['nulls'],
): Column {
  const starts = new Int32Array(lengths.length);
  const ends = new Int32Array(lengths.length);
  let at = 0;
  for (const [row, length] of lengths.entries()) {
    starts[row] = at;
    at += length;
    ends[row] = at;
  }
  if (kind === 'string') return StringColumn.fromUtf8(bytes, starts, ends, lengths.length, nulls);
  return { kind, bytes, starts, ends, nulls };
}
