import { type Column, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Collector, Operator, OperatorContext } from '@millrace/contracts';
import type { SplitId } from '@millrace/model';
import type { GridWindow, WindowAssignNode } from '@millrace/plan';
import { type Step, stateful } from '../row/stateful.ts';
import { timeOf } from './aggregate.ts';
import { PROGRESS, Progress } from './progress.ts';
import { clockOf, type WindowTime, windowTimeOf } from './window-time.ts';

/**
 * TUMBLE, HOP and CUMULATE as table functions: a batch leaves once per window that any of its rows is in, at the same row numbers and
 * with the same changes, window_start, window_end and window_time behind its columns. Rows are not late here: who groups by the window
 * decides that. A row without a time is in no window: counted as late, dropped. Over processing time the clock that assigned is state, and
 * goes on as the watermark (`window-time.ts`).
 */
export function createWindowAssign(node: WindowAssignNode): Operator {
  return node.timeColumn === 'processing'
    ? new ClockedAssign(node)
    : stateful([], (context) => assigning(node, context));
}

function assigning(node: WindowAssignNode, { metrics }: OperatorContext, now = () => 0) {
  const windows = windowsOf(node.window);
  return {
    process(batch: RecordBatch, _input: number, out: Collector) {
      const timed = timesOf(batch, node, now());
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
  };
}

class ClockedAssign implements Operator {
  readonly state = [PROGRESS];
  readonly #node: WindowAssignNode;
  #line: WindowTime | undefined;
  #step: Step | undefined;

  constructor(node: WindowAssignNode) {
    this.#node = node;
  }

  open(context: OperatorContext): void {
    const progress = new Progress(context);
    this.#line = windowTimeOf('processing', progress);
    this.#step = assigning(this.#node, context, () => clockOf(context, progress));
  }

  process(batch: RecordBatch, input: number, out: Collector): void {
    this.#step?.process(batch, input, out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    this.#line?.onWatermark(timestamp, out, nothingHeld);
  }

  onIdle(idle: boolean, out: Collector): void {
    this.#line?.onIdle(idle, out);
  }

  onProcessingTime(now: number, _caughtUp: readonly SplitId[], out: Collector): void {
    this.#line?.onProcessingTime(now, out, nothingHeld);
  }

  flush(): void {}

  close(): void {}
}

function nothingHeld(): void {}

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
