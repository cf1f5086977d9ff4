import type { RowsDescriptor } from '@millrace/contracts';
import type { FrozenRows } from '../rows/heap-keyed-rows.ts';
import { blocksOf, bytesOf, type ColumnMeta, decodeColumn, encodeColumn, int32sOf } from './column-codec.ts';
import { pickedIntegers } from './picked.ts';
import type { Frame } from './segment.ts';
import { decodeAccumulator, decodeTable, encodeAccumulator, encodeTable, type TableMeta } from './table-codec.ts';

/** What the frame of one namespace of remembered rows says before its blocks. */
export interface RowsMeta {
  readonly rowsOf: string;
  readonly namespace: number;
  readonly keys: TableMeta;
  /** Of the keys, at the front. */
  readonly keyBlocks: number;
  readonly rows: number;
  readonly columns: readonly ColumnMeta[];
  readonly marks: RowsDescriptor['rowMarks'];
}

/** Blocks: those of the keys' table, which key each row belongs to (i32), then each column, then each mark. Only the given keys and their rows. */
export function encodeRows(descriptor: RowsDescriptor, namespace: number, frozen: FrozenRows, keys: Int32Array): Frame {
  const { name, keyTypes, keyMarks, rowMarks } = descriptor;
  const table = encodeTable({ kind: 'table', name, keyTypes, accumulators: keyMarks }, namespace, frozen.keys, keys);
  const { owners: keyOf, linked } = ownersWithin(frozen, keys);
  const isWhole = frozen.order === undefined && linked.length === keyOf.length;
  const rows = isWhole ? undefined : linked;
  const columns = frozen.columns.map((column) => encodeColumn(column, rows, linked.length));
  const meta: RowsMeta = {
    rowsOf: name,
    namespace,
    keys: table.meta as TableMeta,
    keyBlocks: table.blocks.length,
    rows: linked.length,
    columns: columns.map((column) => column.meta),
    marks: rowMarks,
  };
  const owners = bytesOf(isWhole ? keyOf : pickedIntegers(keyOf, linked));
  const marks = frozen.marks.map((values) => encodeAccumulator(values, rows));
  return { meta, blocks: [...table.blocks, owners, ...columns.flatMap(({ blocks }) => blocks), ...marks] };
}

/** By id, which of the given keys it belongs to, below 0 for none; and the ids of those that belong to one, in order. */
function ownersWithin({ keys: { hashes }, keyOf, order }: FrozenRows, keys: Int32Array) {
  const numbers = new Int32Array(hashes.length).fill(-1);
  for (let at = 0; at < keys.length; at++) numbers[keys[at] ?? 0] = at;
  const owners = new Int32Array(keyOf.length);
  const linked = new Int32Array(keyOf.length);
  let count = 0;
  for (let id = 0; id < keyOf.length; id++) {
    const key = keyOf[id] ?? -1;
    const owner = key < 0 ? -1 : (numbers[key] ?? -1);
    owners[id] = owner;
    if (order === undefined && owner >= 0) linked[count++] = id;
  }
  for (const id of order ?? []) if ((owners[id] ?? -1) >= 0) linked[count++] = id;
  return { owners, linked: linked.subarray(0, count) };
}

export function decodeRows(meta: RowsMeta, blocks: readonly Uint8Array[]): FrozenRows {
  const keys = decodeTable(meta.keys, blocks.slice(0, meta.keyBlocks));
  const keyOf = int32sOf(blocks[meta.keyBlocks] ?? new Uint8Array(0));
  let at = meta.keyBlocks + 1;
  const columns = meta.columns.map((column) => {
    const end = at + blocksOf(column);
    const decoded = decodeColumn(column, blocks.slice(at, end), meta.rows);
    at = end;
    return decoded;
  });
  const marks = meta.marks.map((kind, index) =>
    decodeAccumulator(kind, blocks[at + index] ?? new Uint8Array(0), meta.rows),
  );
  return { keys, keyOf, order: undefined, columns, marks };
}
