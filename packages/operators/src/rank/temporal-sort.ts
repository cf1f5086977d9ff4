import { gather, isNullAt, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { TemporalSortNode } from '@millrace/plan';
import { assertComparable, compareHeld, type Held, heldReader } from '../aggregate/held.ts';
import { eventTimesByRow } from '../row/event-times.ts';
import { keptRows } from '../row/kept-rows.ts';
import { stateful } from '../row/stateful.ts';
import { type Due, WaitingRows, waitingState } from '../row/waiting-rows.ts';
import { emitRows } from '../window/emit-window.ts';
import { PROGRESS, Progress } from '../window/progress.ts';

const ROWS = 'rows';
/** Rows that are sorted and leave in one go. */
const ROWS_MAX = 4096;

/** ORDER BY event time: rows wait until the watermark reaches their time; those of one time leave by the rest of the ordering, then as they came. */
export function createTemporalSort(node: TemporalSortNode, input: Schema): Operator {
  const order = orderWithinTime(node, input);
  return stateful([waitingState(ROWS, [], input), PROGRESS], (context) => {
    const progress = new Progress(context);
    const waiting = new WaitingRows(context, ROWS, input, progress);
    return {
      process(batch) {
        const { watermark } = progress;
        const selected = batch.selection ?? rowNumbers(batch.rows);
        const times = eventTimesByRow(batch, node.timeColumn);
        const numbers = keptRows(selected, (row) => (times[row] ?? Number.NaN) > watermark);
        waiting.add(batch, [], numbers, times);
        const late = selected.length - numbers.length;
        if (late > 0) context.metrics.count('late_records_dropped_total', late);
      },
      onWatermark(timestamp, out) {
        if (timestamp <= progress.watermark) return;
        for (;;) {
          const due = waiting.take(timestamp, ROWS_MAX);
          if (due === undefined) break;
          emitRows({ ...gather(due.batch, order(due)), schema: node.schema }, out);
        }
        progress.advance(timestamp);
      },
    };
  });
}

/** The rows of a batch in their final order; they come in order of time and arrival. */
function orderWithinTime({ order }: TemporalSortNode, input: Schema): (due: Due) => Int32Array {
  const columns = order.map(({ column, descending, nullsLast }) => {
    const type = input.fields[column]?.type;
    if (type === undefined) throw new Error(`the sort column ${column} does not exist`);
    assertComparable('ORDER BY', type);
    return { column, compare: compareHeld(type), sign: descending ? -1 : 1, nulls: nullsLast ? 1 : -1 };
  });
  return ({ batch, times }) => {
    const keys = columns.map(({ column, ...rest }) => ({ values: valuesOf(batch, column), ...rest }));
    const compare = (a: number, b: number): number => {
      for (const { values, compare: compareValues, sign, nulls } of keys) {
        const [x, y] = [values[a], values[b]];
        if (x === undefined && y === undefined) continue;
        if (x === undefined) return nulls;
        if (y === undefined) return -nulls;
        const found = compareValues(x, y);
        if (found !== 0) return found * sign;
      }
      return a - b;
    };
    const rows = rowNumbers(batch.rows).slice();
    for (let from = 0, to = 0; from < rows.length; from = to) {
      while (to < rows.length && times[to] === times[from]) to++;
      if (to - from > 1) rows.subarray(from, to).sort(compare);
    }
    return rows;
  };
}

/** By row; undefined is NULL. */
function valuesOf(batch: RecordBatch, index: number): readonly (Held | undefined)[] {
  const column = batch.columns[index];
  const read = heldReader(column);
  return Array.from(rowNumbers(batch.rows), (row) =>
    column === undefined || isNullAt(column, row) ? undefined : read(row),
  );
}
