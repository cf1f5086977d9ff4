import { type RecordBatch, rowNumbers } from '@millrace/batch';

/** The event time of each selected row in epoch ms, in selection order; NaN where it is NULL. */
export function eventTimes(batch: RecordBatch, column: number): Float64Array {
  const times = batch.columns[column];
  if (times?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
  const { nulls, values } = times;
  const numbers = batch.selection ?? rowNumbers(batch.rows);
  const found = new Float64Array(numbers.length);
  for (let at = 0; at < found.length; at++) {
    const row = numbers[at] ?? 0;
    found[at] = nulls?.[row] === 1 ? Number.NaN : (values[row] ?? Number.NaN);
  }
  return found;
}

/** The same by row number; rows that are not selected have anything. */
export function eventTimesByRow(batch: RecordBatch, column: number): Float64Array {
  const times = batch.columns[column];
  if (times?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
  const { nulls, values } = times;
  if (nulls === undefined) return values;
  return values.map((time, row) => (nulls[row] === 1 ? Number.NaN : time));
}
