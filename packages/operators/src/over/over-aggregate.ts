import { gather, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type { Collector, Operator, OperatorContext, UserFunctions } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { OverAggregateNode } from '@millrace/plan';
import { eventTimesByRow } from '../row/event-times.ts';
import { keptRows } from '../row/kept-rows.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { type Step, stateful } from '../row/stateful.ts';
import { TimeToLive } from '../row/time-to-live.ts';
import { WaitingRows, waitingState } from '../row/waiting-rows.ts';
import { emitRows } from '../window/emit-window.ts';
import { PROGRESS, Progress } from '../window/progress.ts';
import { CallArguments } from './call-columns.ts';
import { type Frames, framesOf } from './frames.ts';

const WAITING = 'waiting';
/** Rows that move frames in one go. */
const ROWS_MAX = 4096;

/**
 * OVER (PARTITION BY ... ORDER BY time ROWS | RANGE ... PRECEDING). Event time: a row waits until the watermark says that nothing before
 * it is missing; rows of one time leave together. Processing time: each row at once. A partition whose frame no later row can see is forgotten.
 */
export function createOverAggregate(node: OverAggregateNode, input: Schema, functions?: UserFunctions): Operator {
  const args = new CallArguments(node.calls, input, node.label, functions);
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  const frames = framesOf(node, keyTypes, args, functions);
  const state = [frames.state, waitingState(WAITING, keyTypes, args.schema), PROGRESS];
  return stateful(state, (context) => new OverAggregating(node, args, frames.open(context), context));
}

class OverAggregating implements Step {
  readonly #node: OverAggregateNode;
  readonly #arguments: CallArguments;
  readonly #frames: Frames;
  readonly #context: OperatorContext;
  readonly #progress: Progress;
  readonly #waiting: WaitingRows;
  readonly #ttl: TimeToLive;

  constructor(node: OverAggregateNode, args: CallArguments, frames: Frames, context: OperatorContext) {
    this.#node = node;
    this.#arguments = args;
    this.#frames = frames;
    this.#context = context;
    this.#progress = new Progress(context);
    this.#waiting = new WaitingRows(context, WAITING, args.schema, this.#progress);
    this.#ttl = new TimeToLive(node);
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const now = this.#context.clock.now();
    const given = this.#arguments.compute(batch, now);
    const { time } = this.#node;
    if (time === 'processing') {
      const dense = batch.selection === undefined ? given : gather(given, batch.selection);
      this.#touch(dense, now, 0);
      this.#move(dense, new Float64Array(dense.rows).fill(now), out);
    } else this.#wait(given, eventTimesByRow(batch, time), now);
  }

  onWatermark(timestamp: number, out: Collector): void {
    if (timestamp <= this.#progress.watermark) return;
    for (;;) {
      const due = this.#waiting.take(timestamp, ROWS_MAX);
      if (due === undefined) break;
      this.#move(due.batch, due.times, out);
    }
    if (this.#node.time !== 'processing') this.#frames.forgetPast(timestamp);
    this.#progress.advance(timestamp);
  }

  onProcessingTime(now: number): void {
    if (this.#node.time === 'processing') this.#frames.forgetPast(now);
    if (!this.#ttl.isDue(now)) return;
    const { touched, waiting, slots } = this.#frames;
    for (let slot = 0; slot < slots; slot++) {
      const isHeld = (touched[slot] ?? 0) > 0 && waiting[slot] === 0;
      if (isHeld && this.#ttl.isExpired(touched[slot] ?? 0, now)) this.#frames.forget(slot);
    }
  }

  #wait(batch: RecordBatch, times: Float64Array, now: number): void {
    const selected = batch.selection ?? rowNumbers(batch.rows);
    const { watermark } = this.#progress;
    const numbers = keptRows(selected, (row) => (times[row] ?? Number.NaN) > watermark);
    const late = selected.length - numbers.length;
    if (late > 0) this.#context.metrics.count('late_records_dropped_total', late);
    if (this.#ttl.isOn) this.#touch(withSelection(batch, numbers), now, 1);
    this.#waiting.add(batch, this.#node.partition, numbers, times);
  }

  /** With a time to live: a partition that nobody touched for too long begins anew, unless a row of it waits. `waits`: of each row now. */
  #touch(batch: RecordBatch, now: number, waits: 0 | 1): void {
    if (!this.#ttl.isOn) return;
    const slots = this.#slotsOf(batch);
    const { touched, waiting } = this.#frames;
    for (const slot of slots) {
      if (waiting[slot] === 0 && this.#ttl.isExpired(touched[slot] ?? 0, now)) this.#frames.clear(slot);
      touched[slot] = now;
      waiting[slot] = (waiting[slot] ?? 0) + waits;
    }
  }

  /** Rows enter the frames of their partitions and leave with the results. */
  #move(batch: RecordBatch, times: Float64Array, out: Collector): void {
    const frames = this.#frames;
    const slots = this.#slotsOf(batch);
    const now = this.#context.clock.now();
    const { touched, waiting } = frames;
    for (const slot of slots) {
      touched[slot] = now;
      waiting[slot] = Math.max(0, (waiting[slot] ?? 0) - 1);
    }
    const { frame, time, schema } = this.#node;
    const runEnds = frame.kind === 'range' && time !== 'processing' ? runsByTime(times) : runsOfOne(batch.rows);
    const results = frames.move(batch, slots, times, runEnds);
    const own = batch.columns.slice(0, schema.fields.length - results.length);
    emitRows({ schema, rows: batch.rows, columns: [...own, ...results], selection: undefined }, out);
  }

  #slotsOf(batch: RecordBatch): Int32Array {
    const slots = new Int32Array(batch.selection?.length ?? batch.rows);
    this.#frames.slotsOf(batch, this.#node.partition, slots);
    return slots;
  }
}

/** By row, the end of the run of rows of one time that it lies in. */
function runsByTime(times: Float64Array): Int32Array {
  const ends = new Int32Array(times.length);
  for (let row = times.length - 1, end = times.length; row >= 0; row--) {
    if (times[row] !== times[row + 1]) end = row + 1;
    ends[row] = end;
  }
  return ends;
}

function runsOfOne(rows: number): Int32Array {
  return rowNumbers(rows).map((row) => row + 1);
}
