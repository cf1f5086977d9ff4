import { type Column, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector, KeyedTable } from '@millrace/contracts';
import type { Schema } from '@millrace/model';

/** Rows per emitted batch: large enough to be cheap, small enough for the credit of a channel. */
const EMITTED_ROWS_MAX = 4096;

/** Keys, results, window_start, window_end, window_time (= end - 1 ms), in batches of at most 4,096 rows. */
export function emitWindow(
  schema: Schema,
  table: KeyedTable,
  results: readonly Column[],
  start: number,
  end: number,
  out: Collector,
): void {
  const rows = table.size;
  if (rows === 0) return;
  const columns = [
    ...table.keyColumns(),
    ...results,
    constant(start, rows),
    constant(end, rows),
    constant(end - 1, rows),
  ];
  emitRows({ schema, rows, columns, selection: undefined }, out);
}

/** A dense batch, in parts of at most 4,096 rows. */
export function emitRows(all: RecordBatch, out: Collector): void {
  if (all.rows <= EMITTED_ROWS_MAX) {
    out.emit(all);
    return;
  }
  for (let from = 0; from < all.rows; from += EMITTED_ROWS_MAX) {
    const to = Math.min(all.rows, from + EMITTED_ROWS_MAX);
    out.emit(withSelection(all, rowNumbers(to).slice(from, to)));
  }
}

function constant(value: number, rows: number): Column {
  return { kind: 'float64', values: new Float64Array(rows).fill(value), nulls: undefined };
}
