import { type BytesColumn, type Column, type Int64Column, StringColumn } from '@millrace/batch';
import { decodeValues, encodeValues } from './value-codec.ts';

/**
 * A key column as blocks: null flags (empty block when there is no NULL), then the values as they lie in
 * memory: u8, i32 or f64 per row; wide integers by `encodeValues`; strings and bytes as row lengths (i32)
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

/** How many blocks a column takes. */
export function blocksOf(meta: ColumnMeta): number {
  return meta.kind === 'string' || meta.kind === 'bytes' ? 3 : 2;
}

/** Only the given rows, in their order. */
export function encodeColumn(column: Column, rows: Int32Array): EncodedColumn {
  const nulls =
    column.nulls === undefined ? new Uint8Array(0) : Uint8Array.from(rows, (row) => column.nulls?.[row] ?? 0);
  const meta: ColumnMeta = { kind: column.kind, wide: column.kind === 'int64' && column.wide !== undefined };
  switch (column.kind) {
    case 'boolean':
      return { meta, blocks: [nulls, Uint8Array.from(rows, (row) => column.values[row] ?? 0)] };
    case 'int32':
      return { meta, blocks: [nulls, bytesOf(Int32Array.from(rows, (row) => column.values[row] ?? 0))] };
    case 'float64':
      return { meta, blocks: [nulls, bytesOf(Float64Array.from(rows, (row) => column.values[row] ?? 0))] };
    case 'int64':
      return { meta, blocks: [nulls, encodeIntegers(column, rows)] };
    case 'string':
      return { meta, blocks: [nulls, ...encodeSlices(column.utf8(), rows)] };
    case 'bytes':
      return { meta, blocks: [nulls, ...encodeSlices(column, rows)] };
    case 'object':
      throw new Error('ARRAY, MAP and ROW columns cannot be keys');
  }
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
      return decodeSlices(meta.kind, int32sOf(values), run, nulls);
    case 'object':
      throw new Error('ARRAY, MAP and ROW columns cannot be keys');
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
  if (wide === undefined) return bytesOf(Float64Array.from(rows, (row) => column.values[row] ?? 0));
  return encodeValues(Array.from(rows, (row) => wide[row] ?? 0n));
}

function encodeSlices(column: Pick<BytesColumn, 'bytes' | 'starts' | 'ends'>, rows: Int32Array): Uint8Array[] {
  const lengths = Int32Array.from(rows, (row) => (column.ends[row] ?? 0) - (column.starts[row] ?? 0));
  const run = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    const slice = column.bytes.subarray(column.starts[row] ?? 0, column.ends[row] ?? 0);
    run.set(slice, at);
    at += slice.length;
  }
  return [bytesOf(lengths), run];
}

function decodeSlices(
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
