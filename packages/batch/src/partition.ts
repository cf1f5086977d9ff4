import { hashRows, keyGroupOf, rowNumbers, subtaskOf } from './hash.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * For each of `parallelism` subtasks the selected rows of `batch` whose key group it owns, ascending: a
 * selection for `withSelection`. A batch is never copied here: a local channel passes the narrowed batch
 * on, a remote one gathers while it encodes. Arrays of subtasks without rows have length 0.
 */
export function splitByKeyGroup(
  batch: RecordBatch,
  keyColumns: readonly number[],
  maxParallelism: number,
  parallelism: number,
): readonly Int32Array[] {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  if (parallelism === 1) return [rows.slice()];
  const hashes = scratch(batch.rows);
  hashRows(batch, keyColumns, hashes);

  const counts = new Int32Array(parallelism);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const subtask = subtaskOf(keyGroupOf(hashes[row] ?? 0, maxParallelism), parallelism, maxParallelism);
    hashes[row] = subtask;
    counts[subtask] = (counts[subtask] ?? 0) + 1;
  }

  const all = new Int32Array(rows.length);
  const ends = startsOf(counts);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const subtask = hashes[row] ?? 0;
    const end = ends[subtask] ?? 0;
    all[end] = row;
    ends[subtask] = end + 1;
  }
  return Array.from(ends, (end, subtask) => all.subarray(end - (counts[subtask] ?? 0), end));
}

let hashScratch = new Int32Array(0);

function scratch(rows: number): Int32Array {
  if (hashScratch.length < rows) hashScratch = new Int32Array(Math.max(rows, hashScratch.length * 2, 4096));
  return hashScratch;
}

function startsOf(counts: Int32Array): Int32Array {
  const starts = new Int32Array(counts.length);
  for (let at = 1; at < counts.length; at++) starts[at] = (starts[at - 1] ?? 0) + (counts[at - 1] ?? 0);
  return starts;
}
