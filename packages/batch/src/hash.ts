import type { Column, Int64Column } from './column.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * One 32-bit hash per row over the key columns, written to `hashes` at row numbers (selected rows only).
 * The same key gives the same hash whatever column form holds it (narrow or wide, slices or strings):
 * the exchange routes by it and the state places key groups by it, in different processes.
 * Mixing is MurmurHash3's (Austin Appleby).
 */
export function hashRows(batch: RecordBatch, keyColumns: readonly number[], hashes: Int32Array): void {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  for (let at = 0; at < rows.length; at++) hashes[rows[at] ?? 0] = 0x2f0b4a17;
  for (const index of keyColumns) {
    const column = batch.columns[index];
    if (column !== undefined) mixColumn(column, rows, hashes);
  }
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    hashes[row] = finish(hashes[row] ?? 0);
  }
}

/** The key group of a hash; `maxParallelism` is fixed for the life of a job. */
export function keyGroupOf(hash: number, maxParallelism: number): number {
  return (hash >>> 0) % maxParallelism;
}

/** Which subtask owns a key group; ranges are contiguous (Flink's KeyGroupRangeAssignment). */
export function subtaskOf(keyGroup: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}

/** The key groups of one subtask, inclusive; the inverse of `subtaskOf`. */
export function keyGroupsOf(
  subtask: number,
  parallelism: number,
  maxParallelism: number,
): { first: number; last: number } {
  const first = Math.ceil((subtask * maxParallelism) / parallelism);
  const next = Math.ceil(((subtask + 1) * maxParallelism) / parallelism);
  return { first, last: next - 1 };
}

let identity = new Int32Array(0);

/** 0, 1, 2, ... as a shared, read-only array: the selection of a batch without one. */
export function rowNumbers(rows: number): Int32Array {
  if (identity.length < rows) {
    identity = new Int32Array(Math.max(rows, identity.length * 2, 4096));
    for (let row = 0; row < identity.length; row++) identity[row] = row;
  }
  return identity.subarray(0, rows);
}

function mixColumn(column: Column, rows: Int32Array, hashes: Int32Array): void {
  const { nulls } = column;
  switch (column.kind) {
    case 'boolean':
    case 'int32': {
      const { values } = column;
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at] ?? 0;
        hashes[row] = mix(hashes[row] ?? 0, nulls?.[row] === 1 ? NULL_WORD : (values[row] ?? 0));
      }
      return;
    }
    case 'float64': {
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at] ?? 0;
        if (nulls?.[row] === 1) hashes[row] = mix(hashes[row] ?? 0, NULL_WORD);
        else hashes[row] = mixDouble(hashes[row] ?? 0, column.values[row] ?? 0);
      }
      return;
    }
    case 'int64':
      mixIntegers(column, rows, hashes);
      return;
    case 'string':
    case 'bytes': {
      const { bytes, starts, ends } = column.kind === 'string' ? column.utf8() : column;
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at] ?? 0;
        if (nulls?.[row] === 1) hashes[row] = mix(hashes[row] ?? 0, NULL_WORD);
        else hashes[row] = mixBytes(hashes[row] ?? 0, bytes, starts[row] ?? 0, ends[row] ?? 0);
      }
      return;
    }
    case 'object':
      throw new Error('ARRAY, MAP and ROW columns cannot be keys');
  }
}

const NULL_WORD = 0x5bd1e995;

function mixIntegers(column: Int64Column, rows: Int32Array, hashes: Int32Array): void {
  const { values, wide, nulls } = column;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const hash = hashes[row] ?? 0;
    if (nulls?.[row] === 1) hashes[row] = mix(hash, NULL_WORD);
    else if (wide === undefined) {
      const value = values[row] ?? 0;
      hashes[row] = mix(mix(hash, value | 0), Math.floor(value / 0x1_0000_0000) | 0);
    } else {
      const value = wide[row] ?? 0n;
      hashes[row] = mix(mix(hash, Number(BigInt.asIntN(32, value))), Number(BigInt.asIntN(32, value >> 32n)));
    }
  }
}

const doubleWords = new Int32Array(2);
const doubleView = new Float64Array(doubleWords.buffer);

function mixDouble(hash: number, value: number): number {
  // -0 equals 0 and every NaN equals every other, so they hash alike.
  doubleView[0] = value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value;
  return mix(mix(hash, doubleWords[0] ?? 0), doubleWords[1] ?? 0);
}

function mixBytes(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let mixed = mix(hash, end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    mixed = mix(
      mixed,
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24),
    );
  }
  let tail = 0;
  for (let shift = 0; at < end; at++, shift += 8) tail |= (bytes[at] ?? 0) << shift;
  return mix(mixed, tail);
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
