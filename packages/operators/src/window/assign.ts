import { type Column, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type { WindowAssignNode } from '@millrace/plan';
import { stateful } from '../row/stateful.ts';
import { timeOf } from './aggregate.ts';
import type { GridWindow } from './slices.ts';

/**
 * TUMBLE, HOP and CUMULATE as table functions: a batch leaves once per window that any of its rows is in, at the same row numbers and
 * with the same changes, window_start, window_end and window_time behind its columns. Rows are not late here: who groups by the window
 * decides that. A row without a time is in no window: counted as late, dropped.
 */
export function createWindowAssign(node: WindowAssignNode): Operator {
  const windows = windowsOf(node.window);
  return stateful([], ({ clock, metrics }) => ({
    process(batch, _input, out) {
      const timed = timesOf(batch, node, clock.now());
      const missing = (batch.selection?.length ?? batch.rows) - timed.rows.length;
      if (missing > 0) metrics.count('late_records_dropped_total', missing);
      for (let index = 0; index < windows.perRow; index++) {
        const assigned = assign(timed, windows, index, batch.rows);
        if (assigned.selection.length === 0) continue;
        const { start, end, time, selection } = assigned;
        const columns = [...batch.columns, start, end, time];
        const isWhole = selection.length === batch.rows;
        out.emit({ ...batch, schema: node.schema, columns, selection: isWhole ? undefined : selection });
      }
    },
  }));
}

/** The windows of a row have numbers 0 to `perRow - 1`; the last ones may not hold the row, or not exist. */
interface Windows {
  readonly perRow: number;
  startOf(timestamp: number, index: number): number;
  endOf(timestamp: number, index: number): number;
  holds(timestamp: number, start: number, end: number): boolean;
}

function windowsOf(window: GridWindow): Windows {
  const { offsetMs } = window;
  const grid = (timestamp: number, step: number) => Math.floor((timestamp - offsetMs) / step) * step + offsetMs;
  switch (window.kind) {
    case 'tumble': {
      const { sizeMs } = window;
      const startOf = (timestamp: number) => grid(timestamp, sizeMs);
      return { perRow: 1, startOf, endOf: (timestamp) => startOf(timestamp) + sizeMs, holds: () => true };
    }
    case 'hop': {
      // Latest first, as in Flink. Between windows (a slide longer than the size) a row is in none.
      const { sizeMs, slideMs } = window;
      const startOf = (timestamp: number, index: number) => grid(timestamp, slideMs) - index * slideMs;
      return {
        perRow: Math.ceil(sizeMs / slideMs),
        startOf,
        endOf: (timestamp, index) => startOf(timestamp, index) + sizeMs,
        holds: (timestamp, _start, end) => timestamp < end,
      };
    }
    case 'cumulate': {
      const { maxSizeMs, stepMs } = window;
      const startOf = (timestamp: number) => grid(timestamp, maxSizeMs);
      return {
        perRow: Math.ceil(maxSizeMs / stepMs),
        startOf,
        endOf: (timestamp, index) => grid(timestamp, stepMs) + stepMs * (index + 1),
        holds: (_timestamp, start, end) => end <= start + maxSizeMs,
      };
    }
  }
}

/** The rows that have a time, and the times by row number. */
interface Timed {
  readonly rows: Int32Array;
  readonly times: Float64Array;
}

function timesOf(batch: RecordBatch, { timeColumn }: WindowAssignNode, now: number): Timed {
  const rows = batch.selection ?? rowNumbers(batch.rows);
  const { nulls, values } = timeOf(batch, timeColumn, now);
  return { rows: nulls === undefined ? rows : rows.filter((row) => nulls[row] !== 1), times: values };
}

function assign({ rows, times }: Timed, windows: Windows, index: number, height: number) {
  const starts = new Float64Array(height);
  const ends = new Float64Array(height);
  const lasts = new Float64Array(height);
  const selection = new Int32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const timestamp = times[row] ?? 0;
    const start = windows.startOf(timestamp, index);
    const end = windows.endOf(timestamp, index);
    if (!windows.holds(timestamp, start, end)) continue;
    starts[row] = start;
    ends[row] = end;
    lasts[row] = end - 1;
    selection[count++] = row;
  }
  const column = (values: Float64Array): Column => ({ kind: 'float64', values, nulls: undefined });
  return { start: column(starts), end: column(ends), time: column(lasts), selection: selection.subarray(0, count) };
}
