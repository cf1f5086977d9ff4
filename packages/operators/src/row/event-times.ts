import type { RecordBatch } from '@millrace/batch';

/** The event time of each row in epoch ms, by row number; NaN where it is NULL. Rows that are not selected have anything. */
export function eventTimesByRow(batch: RecordBatch, column: number): Float64Array {
  const times = batch.columns[column];
  if (times?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
  const { nulls, values } = times;
  if (nulls === undefined) return values;
  return values.map((time, row) => (nulls[row] === 1 ? Number.NaN : time));
}
