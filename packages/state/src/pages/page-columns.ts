import type { Column } from '@millrace/batch';
import type { Accumulator } from '../heap/accumulators.ts';
import { bytesOfRun, type ColumnMeta } from '../segment/column-codec.ts';
import { decodeNumbers, encodeNumbers, encodeNumbersAt } from '../segment/number-block.ts';
import { decodeValues, encodeValues } from '../segment/value-codec.ts';

export interface PageColumn {
  readonly meta: ColumnMeta;
  readonly blocks: readonly Uint8Array[];
}

/** Columns of a page, each with what it is and its blocks. */
export interface PageColumns {
  readonly metas: readonly ColumnMeta[];
  readonly blocks: readonly Uint8Array[];
}

/**
 * A column of at most a page's rows as blocks: null flags (empty when there is none), then numbers as `encodeNumbers` has them; wide integers and
 * objects as `encodeValues` has them; strings and bytes as lengths, a block of numbers, and one run of bytes.
 */
export function encodePageColumn(column: Column, rows: number): PageColumn {
  const nulls = column.nulls === undefined ? new Uint8Array(0) : encodeNumbers(column.nulls.subarray(0, rows));
  const meta: ColumnMeta = { kind: column.kind, wide: column.kind === 'int64' && column.wide !== undefined };
  switch (column.kind) {
    case 'boolean':
    case 'int32':
    case 'float64':
      return { meta, blocks: [nulls, encodeNumbers(column.values)] };
    case 'int64':
      return {
        meta,
        blocks: [nulls, column.wide ? encodeValues(Array.from(column.wide)) : encodeNumbers(column.values)],
      };
    case 'string':
    case 'bytes':
      return { meta, blocks: [nulls, ...encodeRun(column.kind === 'string' ? column.utf8() : column, rows)] };
    case 'object':
      return { meta, blocks: [nulls, encodeValues(column.values)] };
  }
}

export function decodePageColumn(meta: ColumnMeta, blocks: readonly Uint8Array[], rows: number): Column {
  const [flags = NO_BYTES, values = NO_BYTES, run = NO_BYTES] = blocks;
  const nulls = flags.length === 0 ? undefined : Uint8Array.from(decodeNumbers(flags, rows));
  switch (meta.kind) {
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(decodeNumbers(values, rows)), nulls };
    case 'int32':
      return { kind: 'int32', values: Int32Array.from(decodeNumbers(values, rows)), nulls };
    case 'float64':
      return { kind: 'float64', values: decodeNumbers(values, rows), nulls };
    case 'int64': {
      if (!meta.wide) return { kind: 'int64', values: decodeNumbers(values, rows), wide: undefined, nulls };
      const wide = decodeValues(values, rows).map((value) => BigInt(value as bigint));
      return { kind: 'int64', values: new Float64Array(0), wide, nulls };
    }
    case 'string':
    case 'bytes':
      return bytesOfRun(meta.kind, Int32Array.from(decodeNumbers(values, rows)), run, nulls);
    case 'object':
      return { kind: 'object', values: decodeValues(values, rows), nulls };
  }
}

/** Numbers that are never NULL, as a column. */
export function encodePlainAt(values: Float64Array | Int32Array, places: Int32Array): PageColumn {
  const kind = values instanceof Float64Array ? 'float64' : 'int32';
  return { meta: { kind, wide: false }, blocks: [NO_BYTES, encodeNumbersAt(values, places)] };
}

/** Objects are written out here and now: operators change them in place. */
export function encodeAccumulatorAt(accumulator: Accumulator, places: Int32Array): PageColumn {
  if (accumulator.kind !== 'object') return encodePlainAt(accumulator.values, places);
  const values = Array.from(places, (place) => accumulator.values[place]);
  return { meta: { kind: 'object', wide: false }, blocks: [NO_BYTES, encodeValues(values)] };
}

export function pageColumns(columns: readonly PageColumn[]): PageColumns {
  return { metas: columns.map(({ meta }) => meta), blocks: columns.flatMap(({ blocks }) => blocks) };
}

const NO_BYTES = new Uint8Array(0);

function encodeRun(
  { bytes, starts, ends }: { bytes: Uint8Array; starts: Int32Array; ends: Int32Array },
  rows: number,
): Uint8Array[] {
  const lengths = new Int32Array(rows);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const length = (ends[row] ?? 0) - (starts[row] ?? 0);
    lengths[row] = length;
    total += length;
  }
  const run = new Uint8Array(total);
  for (let row = 0, to = 0; row < rows; row++) {
    const from = starts[row] ?? 0;
    const length = lengths[row] ?? 0;
    if (length > SHORT_BYTES) run.set(bytes.subarray(from, from + length), to);
    else for (let at = 0; at < length; at++) run[to + at] = bytes[from + at] ?? 0;
    to += length;
  }
  return [encodeNumbers(lengths), run];
}

/** Up to this many bytes a loop is faster than a call of `set`. */
const SHORT_BYTES = 160;
