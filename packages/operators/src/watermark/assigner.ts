import {
  type Float64Column,
  hasLeftOut,
  type LeftOut,
  type RecordBatch,
  type SplitRun,
  selectedCount,
  withSelection,
} from '@millrace/batch';
import {
  type Clock,
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type StateDescriptor,
  type UserFunctions,
} from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';
import { MAX_AHEAD_DEFAULT_MS, type WatermarkNode } from '@millrace/plan';
import { compileProjection, type Projection } from '../expression/compile.ts';

interface SplitProgress {
  /** Greatest event time; -Infinity before the first record. */
  max: number;
  /** Processing time of the last record, or of the assignment. */
  lastRecordAt: number;
  idle: boolean;
}

/**
 * Watermarks per split: greatest event time (or of what the node computes from a row) - delay - 1 ms (Flink's BoundedOutOfOrdernessWatermarks), the minimum over
 * splits that are not idle. Rows that the source left out move time as any other. Passes batches on, without the rows that are dated too far ahead where somebody takes those,
 * then the watermark when it advanced. Keeps nothing in
 * state: after a restart the watermark grows again from the data, and windows remember how far they had
 * come (decisions/0002).
 */
export class WatermarkAssigner implements Operator {
  readonly state: readonly StateDescriptor[] = [];
  readonly #node: WatermarkNode;
  readonly #splits = new Map<SplitId, SplitProgress>();
  #clock: Clock | undefined;
  /** The engine tells which splits there are; until then they are learnt from the batches. */
  #told = false;
  #watermark = Number.NEGATIVE_INFINITY;
  #idle = false;

  /** What moves the watermark, per row; undefined: the event time itself. */
  readonly #compute: Projection | undefined;

  constructor(node: WatermarkNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    const { expression } = node;
    this.#compute = expression && compileProjection([expression], input, node.label, functions);
  }

  open(context: OperatorContext): void {
    this.#clock = context.clock;
  }

  onSplits(splits: readonly SplitId[], out: Collector): void {
    this.#told = true;
    const now = this.#now();
    for (const split of this.#splits.keys()) if (!splits.includes(split)) this.#splits.delete(split);
    for (const split of splits) if (!this.#splits.has(split)) this.#splits.set(split, newSplit(now));
    this.#advance(out);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#now();
    const column = batch.columns[this.#node.column];
    if (column?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
    const marks = this.#compute === undefined ? column : this.#compute(batch, now)[0];
    if (marks?.kind !== 'float64') throw new Error('the watermark is no timestamp');
    const times = marks === column ? undefined : column;
    for (const run of batch.runs ?? [{ split: WITHOUT_SPLIT, from: 0, to: batch.rows }]) {
      const range = selectedRange(batch, run);
      if (range.from === range.to && run.leftOut === undefined) continue;
      const split = this.#splitOf(run.split, now);
      const limit = now + this.#maxAheadMs;
      split.max = maxTime(batch.selection, range, marks, times, split.max, limit);
      const { maxEventTime } = run.leftOut ?? NOTHING_LEFT_OUT;
      if (maxEventTime > split.max && maxEventTime <= limit) split.max = maxEventTime;
      split.lastRecordAt = now;
      split.idle = false;
    }
    if (this.#idle && this.#hasActive()) this.#setIdle(false, out);
    this.#passOn(batch, column, now, out);
    this.#advance(out);
  }

  /** Watermarks from upstream say nothing here, this node makes its own; but the end of input is the end for all. */
  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp < MAX_WATERMARK) return;
    this.#watermark = timestamp;
    this.#setIdle(false, out);
    out.emitWatermark(timestamp);
  }

  onIdle(_idle: boolean, _out: Collector): void {}

  onProcessingTime(now: number, caughtUp: readonly SplitId[], out: Collector): void {
    const { idleTimeoutMs } = this.#node;
    if (idleTimeoutMs > 0) {
      for (const id of caughtUp) {
        const split = this.#splits.get(id);
        if (split !== undefined && now - split.lastRecordAt >= idleTimeoutMs) split.idle = true;
      }
    }
    this.#advance(out);
  }

  flush(_out: Collector): void {}

  close(): void {}

  /** What the source left out has moved the time and concerns nobody further on. */
  #passOn(batch: RecordBatch, column: Float64Column, now: number, out: Collector): void {
    const passed = this.#withoutFuture(batch, column, now, out);
    const { runs = [], ...rest } = passed;
    if (!hasLeftOut(batch)) out.emit(passed);
    else if (selectedCount(passed) > 0)
      out.emit({ ...rest, runs: runs.map(({ split, from, to }) => ({ split, from, to })) });
  }

  /** The rows that are not dated too far ahead; the others are put aside, or stay when nobody takes them. */
  #withoutFuture(batch: RecordBatch, column: Float64Column, now: number, out: Collector): RecordBatch {
    const limit = now + this.#maxAheadMs;
    const rows = rowsBeyond(batch, column, limit);
    if (rows.length === 0) return batch;
    const name = this.#node.schema.fields[this.#node.column]?.name ?? '';
    const error = (row: number) =>
      `field ${name}: ${timeText(column.values[row])} is more than ${this.#maxAheadMs / 1_000} s ahead of the clock`;
    const isTaken = out.reject?.({ batch, rows, errorCode: 'event-time.too-far-ahead', error }) ?? false;
    if (!isTaken) return batch;
    const refused = new Set(rows);
    const selected = batch.selection ?? Int32Array.from({ length: batch.rows }, (_, row) => row);
    return withSelection(
      batch,
      selected.filter((row) => !refused.has(row)),
    );
  }

  get #maxAheadMs(): number {
    const { maxAheadMs = MAX_AHEAD_DEFAULT_MS } = this.#node;
    return maxAheadMs === 0 ? Number.POSITIVE_INFINITY : maxAheadMs;
  }

  #advance(out: Collector): void {
    const active = this.#hasActive();
    if (active) {
      let min = Number.POSITIVE_INFINITY;
      for (const split of this.#splits.values()) if (!split.idle && split.max < min) min = split.max;
      const watermark = min - this.#node.delayMs - 1;
      if (watermark > this.#watermark) {
        this.#watermark = watermark;
        out.emitWatermark(watermark);
      }
    }
    // Nothing to read at all (fewer splits than subtasks) is idle too, whatever the time-out.
    if (!active && (this.#told || this.#splits.size > 0)) this.#setIdle(true, out);
    else if (active) this.#setIdle(false, out);
  }

  #setIdle(idle: boolean, out: Collector): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    out.emitIdle(idle);
  }

  #hasActive(): boolean {
    for (const split of this.#splits.values()) if (!split.idle) return true;
    return false;
  }

  #splitOf(id: SplitId, now: number): SplitProgress {
    const known = this.#splits.get(id);
    if (known !== undefined) return known;
    const created = newSplit(now);
    this.#splits.set(id, created);
    return created;
  }

  #now(): number {
    if (this.#clock === undefined) throw new Error('the watermark assigner is not open');
    return this.#clock.now();
  }
}

function rowsBeyond({ rows, selection }: RecordBatch, { values, nulls }: Float64Column, limit: number): number[] {
  const beyond: number[] = [];
  const count = selection?.length ?? rows;
  for (let index = 0; index < count; index++) {
    const row = selection?.[index] ?? index;
    if ((values[row] ?? 0) > limit && nulls?.[row] !== 1) beyond.push(row);
  }
  return beyond;
}

/** Far beyond year 9999 only the number says anything. */
function timeText(epochMs = 0): string {
  return Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs).toISOString() : String(epochMs);
}

const NOTHING_LEFT_OUT: LeftOut = { records: 0, maxEventTime: Number.NEGATIVE_INFINITY };

/** Batches that do not say where their rows came from count as one split. */
const WITHOUT_SPLIT = '' as SplitId;

function newSplit(now: number): SplitProgress {
  return { max: Number.NEGATIVE_INFINITY, lastRecordAt: now, idle: false };
}

/** Places in the selection (or row numbers without one) that lie in the run. */
function selectedRange({ selection }: RecordBatch, run: SplitRun): { readonly from: number; readonly to: number } {
  if (selection === undefined) return { from: run.from, to: run.to };
  return { from: lowerBound(selection, run.from), to: lowerBound(selection, run.to) };
}

function lowerBound(selection: Int32Array, row: number): number {
  let low = 0;
  let high = selection.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((selection[middle] ?? 0) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

function maxTime(
  selection: Int32Array | undefined,
  range: { readonly from: number; readonly to: number },
  { values, nulls }: Float64Column,
  /** The event times, when those are not what moves the watermark: a row dated too far ahead moves nothing either way. */
  times: Float64Column | undefined,
  before: number,
  limit: number,
): number {
  let max = before;
  for (let at = range.from; at < range.to; at++) {
    const row = selection === undefined ? at : (selection[at] ?? 0);
    const time = values[row] ?? 0;
    if (time > max && time <= limit && nulls?.[row] !== 1 && (times?.values[row] ?? 0) <= limit) max = time;
  }
  return max;
}
