import type { AccumulatorKind, TableDescriptor } from '@millrace/contracts';
import type { AccumulatorValues } from '../heap/accumulators.ts';
import type { FrozenTable } from '../heap/hash-table.ts';
import {
  blocksOf,
  bytesOf,
  type ColumnMeta,
  decodeColumn,
  encodeColumn,
  float64sOf,
  int32sOf,
} from './column-codec.ts';
import { pickedDoubles, pickedIntegers } from './picked.ts';
import type { Frame } from './segment.ts';
import { decodeValues, encodeValues } from './value-codec.ts';

/** What the frame of one namespace of one table says before its blocks. */
export interface TableMeta {
  readonly table: string;
  readonly namespace: number;
  readonly rows: number;
  readonly keys: readonly ColumnMeta[];
  readonly accumulators: readonly AccumulatorKind[];
}

/** Blocks: row hashes (i32), then each key column, then each accumulator. Only the given rows, ascending; all of them as they lie. */
export function encodeTable(
  descriptor: TableDescriptor,
  namespace: number,
  frozen: FrozenTable,
  rows: Int32Array,
): Frame {
  const picked = rows.length === frozen.hashes.length ? undefined : rows;
  const keys = frozen.keys.map((column) => encodeColumn(column, picked, rows.length));
  const meta: TableMeta = {
    table: descriptor.name,
    namespace,
    rows: rows.length,
    keys: keys.map((key) => key.meta),
    accumulators: descriptor.accumulators,
  };
  const hashes = bytesOf(picked === undefined ? frozen.hashes : pickedIntegers(frozen.hashes, picked));
  const accumulators = frozen.accumulators.map((values) => encodeAccumulator(values, picked));
  return { meta, blocks: [hashes, ...keys.flatMap((key) => key.blocks), ...accumulators] };
}

export function decodeTable(meta: TableMeta, blocks: readonly Uint8Array[]): FrozenTable {
  let at = 1;
  const keys = meta.keys.map((key) => {
    const end = at + blocksOf(key);
    const column = decodeColumn(key, blocks.slice(at, end), meta.rows);
    at = end;
    return column;
  });
  const accumulators = meta.accumulators.map((kind, index) =>
    decodeAccumulator(kind, blocks[at + index] ?? new Uint8Array(0), meta.rows),
  );
  return { hashes: int32sOf(blocks[0] ?? new Uint8Array(0)), keys, accumulators };
}

/** `rows` undefined: all, as they lie. */
export function encodeAccumulator(values: AccumulatorValues, rows: Int32Array | undefined): Uint8Array {
  if (rows === undefined) {
    if (values instanceof Float64Array || values instanceof Int32Array) return bytesOf(values);
    return encodeValues(values);
  }
  if (values instanceof Float64Array) return bytesOf(pickedDoubles(values, rows));
  if (values instanceof Int32Array) return bytesOf(pickedIntegers(values, rows));
  return encodeValues(Array.from(rows, (row) => values[row]));
}

export function decodeAccumulator(kind: AccumulatorKind, block: Uint8Array, rows: number): AccumulatorValues {
  switch (kind) {
    case 'float64':
      return float64sOf(block);
    case 'int32':
      return int32sOf(block);
    case 'object':
      return decodeValues(block, rows);
  }
}
