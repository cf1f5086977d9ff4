import { hashRows, type RecordBatch } from '@millrace/batch';

/** One hash per row by row number (selected rows only) over all columns that can be hashed: equal rows have equal hashes, in every process. */
export function rowHashes(batch: RecordBatch): Int32Array {
  const columns = batch.columns.flatMap(({ kind }, index) => (kind === 'object' ? [] : [index]));
  const hashes = new Int32Array(batch.rows);
  hashRows(batch, columns, hashes);
  return hashes;
}
