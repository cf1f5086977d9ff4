import { type RecordBatch, rowNumbers } from '@millrace/batch';

/** The event time of each selected row in epoch ms, in selection order; NaN where it is NULL. */
export function eventTimes(batch: RecordBatch, column: number): Float64Array {
  const times = batch.columns[column];
  if (times?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
  const { nulls, values } = times;
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  return Float64Array.from(numbers, (row) => (nulls?.[row] === 1 ? Number.NaN : (values[row] ?? Number.NaN)));
}
