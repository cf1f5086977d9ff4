import { CHANGE, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';

/** For sinks that write by key: without the rows that are about to be replaced, because the new one comes with the same key. */
export function withoutReplaced(batch: RecordBatch): RecordBatch {
  const { changes } = batch;
  if (changes === undefined) return batch;
  const rows = batch.selection ?? rowNumbers(batch.rows);
  return withSelection(
    batch,
    rows.filter((row) => changes[row] !== CHANGE.updateBefore),
  );
}
