import { type Column, type RecordBatch, rowNumbers } from '@millrace/batch';
import type { KeyedRows, OperatorContext, RowsDescriptor, UserFunctions } from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { OverFrame } from '@millrace/plan';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { type CallArguments, type CallColumns, countedRows } from './call-columns.ts';
import { enterAll, type FrameSteps, takeSteps } from './frame-steps.ts';
import type { Frames, FramesOf } from './frames.ts';
import { RowQueues } from './row-queues.ts';
import type { Running } from './running.ts';
import { slidingCall } from './running-calls.ts';

const FRAMES = 'frames';
/** Marks of a partition: see `Frames`; then how many rows it ever had, which numbers them. */
const TOUCHED = 0;
const WAITING = 1;
const ADDED = 2;
/** Marks of a row: its number within its partition; its time, where the frame goes by it. */
const NUMBER = 0;
const TIME = 1;
/** Rows that enter together when what is computed is made again. */
const CHUNK = 4096;
/** Passed frames are looked for so often within the length of a frame. */
const SWEEPS = 8;

/**
 * Frames with a bound: the rows in them are kept, with no more columns than the calls look at. What is computed over them is no state, it is
 * made again from the rows.
 */
export function slidingFrames(
  frame: OverFrame,
  keyTypes: readonly DataType[],
  args: CallArguments,
  functions?: UserFunctions,
): FramesOf {
  const kept = [...new Set(args.calls.flatMap(({ argument, filter }) => [argument, filter]))].flatMap((at) => at ?? []);
  const rowTypes = kept.map((column) => args.typeOf(column));
  const marks = ['float64', 'float64', 'float64'] as const;
  const rowMarks = frame.kind === 'range' ? (['float64', 'float64'] as const) : (['float64'] as const);
  const state: RowsDescriptor = {
    kind: 'rows',
    name: FRAMES,
    keyTypes,
    rowTypes,
    keyMarks: marks,
    rowMarks,
    order: 'any',
  };
  return {
    state,
    open(context) {
      const calls = args.calls.map((columns) => ({ ...columns, running: slidingCall(columns.call, functions) }));
      return new SlidingFrames(context, frame, { kept, rowTypes, calls });
    },
  };
}

interface Layout {
  /** Columns of the batches that are kept, in this order. */
  readonly kept: readonly number[];
  readonly rowTypes: readonly DataType[];
  readonly calls: readonly (CallColumns & { readonly running: Running })[];
}

class SlidingFrames implements Frames {
  readonly #frame: OverFrame;
  readonly #layout: Layout;
  readonly #schema: Schema;
  readonly #rows: KeyedRows;
  readonly #queue = new RowQueues();
  readonly #accumulators: MemoryAccumulators;
  #nextSweep = Number.NEGATIVE_INFINITY;

  constructor(context: OperatorContext, frame: OverFrame, layout: Layout) {
    this.#frame = frame;
    this.#layout = layout;
    this.#schema = { fields: layout.rowTypes.map((type, at) => ({ name: `kept${at}`, type })) };
    this.#rows = context.state.rows(FRAMES).at(0);
    this.#accumulators = new MemoryAccumulators(
      layout.calls.flatMap(({ running }) => running.kinds),
      0,
    );
    this.#restore();
  }

  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    this.#rows.slotsOf(batch, keyColumns, slots);
    this.#accumulators.grow(this.#rows.slots);
    this.#queue.grow(this.#rows.slots, 0);
  }

  get slots(): number {
    return this.#rows.slots;
  }

  get touched(): Float64Array {
    return this.#rows.keyFloat64(TOUCHED);
  }

  get waiting(): Float64Array {
    return this.#rows.keyFloat64(WAITING);
  }

  move(batch: RecordBatch, slots: Int32Array, times: Float64Array, runEnds: Int32Array): readonly Column[] {
    const rows = this.#rows;
    const columns = this.#layout.kept.flatMap((column) => batch.columns[column] ?? []);
    const ids = new Int32Array(batch.rows);
    rows.add({ schema: this.#schema, rows: batch.rows, columns, selection: undefined }, rowNumbers(batch.rows), ids);
    const steps = this.#move(ids, slots, times, runEnds);
    const left = columns.map((_, at) => rows.gather(at, steps.leaving));
    const results = this.#begin(steps, columns, left).map(({ running, columnOf }) => {
      takeSteps(running, steps, columnOf(columns, batch.rows), columnOf(left, steps.leaving.length));
      return running.end();
    });
    for (const id of steps.leaving) rows.free(id);
    return results;
  }

  clear(slot: number): void {
    const rows = this.#rows;
    for (const id of this.#queue.idsOf(slot)) {
      rows.unlink(id);
      rows.free(id);
    }
    this.#queue.clear(slot);
    this.#accumulators.clear(slot);
    for (const { running } of this.#layout.calls) running.clear(slot);
    for (const mark of [TOUCHED, WAITING, ADDED]) rows.keyFloat64(mark)[slot] = 0;
  }

  forget(slot: number): void {
    this.clear(slot);
    this.#rows.dropEmpty(Int32Array.of(slot), 1);
  }

  forgetPast(time: number): void {
    if (this.#frame.kind !== 'range' || this.#frame.precedingMs === 'unbounded' || time < this.#nextSweep) return;
    const { precedingMs } = this.#frame;
    this.#nextSweep = time + Math.ceil(precedingMs / SWEEPS);
    const times = this.#rows.rowFloat64(TIME);
    for (let slot = 0; slot < this.#rows.slots; slot++) {
      const last = this.#queue.last[slot] ?? -1;
      if (last >= 0 && this.waiting[slot] === 0 && (times[last] ?? 0) + precedingMs <= time) this.forget(slot);
    }
  }

  /** Links the rows that came and unlinks those that leave; both stay readable until the latter are freed. */
  #move(ids: Int32Array, slots: Int32Array, times: Float64Array, runEnds: Int32Array): FrameSteps {
    const rows = this.#rows;
    const queue = this.#queue;
    queue.grow(rows.slots, rows.ids);
    const [added, numbers] = [rows.keyFloat64(ADDED), rows.rowFloat64(NUMBER)];
    const rowTimes = this.#frame.kind === 'range' ? rows.rowFloat64(TIME) : undefined;
    const leaving: number[] = [];
    const leavingEnds = new Int32Array(ids.length);
    for (let start = 0; start < ids.length; start = runEnds[start] ?? ids.length) {
      const end = runEnds[start] ?? ids.length;
      for (let row = start; row < end; row++) {
        const [slot, id] = [slots[row] ?? 0, ids[row] ?? 0];
        numbers[id] = added[slot] ?? 0;
        added[slot] = (added[slot] ?? 0) + 1;
        if (rowTimes !== undefined) rowTimes[id] = times[row] ?? 0;
        rows.link(slot, id);
        queue.push(slot, id);
      }
      for (let row = start; row < end; row++) {
        const slot = slots[row] ?? 0;
        for (let first = queue.first[slot] ?? -1; this.#leaves(slot, first, times[row] ?? 0); ) {
          leaving.push(first);
          queue.shift(slot);
          rows.unlink(first);
          first = queue.first[slot] ?? -1;
        }
        leavingEnds[row] = leaving.length;
      }
    }
    return { slots, ids, runEnds, leaving: Int32Array.from(leaving), leavingEnds };
  }

  /** Whether the oldest row of a frame is no longer in it for a row of this time. */
  #leaves(slot: number, first: number, time: number): boolean {
    const frame = this.#frame;
    if (first < 0) return false;
    if (frame.kind === 'rows')
      return frame.preceding !== 'unbounded' && (this.#rows.counts[slot] ?? 0) > frame.preceding + 1;
    return frame.precedingMs !== 'unbounded' && (this.#rows.rowFloat64(TIME)[first] ?? 0) < time - frame.precedingMs;
  }

  /** Binds all calls; each with what tells which rows of kept columns count for it. */
  #begin(steps: FrameSteps, columns: readonly Column[], left: readonly Column[]) {
    const { kept, calls } = this.#layout;
    const rows = this.#rows;
    let base = 0;
    return calls.map(({ running, argument, filter }) => {
      const [at, filterAt] = [argument, filter].map((column) => (column === undefined ? -1 : kept.indexOf(column)));
      const place = at ?? -1;
      running.begin({
        accumulators: this.#accumulators,
        base,
        steps,
        argument: columns[place],
        leavingArgument: left[place],
        gather: (ids) => rows.gather(place, ids),
        slots: rows.slots,
        ids: rows.ids,
      });
      base += running.kinds.length;
      const columnOf = (from: readonly Column[], height: number) =>
        countedRows(height, running.takesNulls ? undefined : from[place], from[filterAt ?? -1]);
      return { running, columnOf };
    });
  }

  /** Rows that were kept enter what is computed, in the order of each partition. */
  #restore(): void {
    const rows = this.#rows;
    this.#accumulators.grow(rows.slots);
    this.#queue.grow(rows.slots, rows.ids);
    const [added, numbers] = [rows.keyFloat64(ADDED), rows.rowFloat64(NUMBER)];
    const all = new Int32Array(rows.size);
    let size = 0;
    for (let slot = 0; slot < rows.slots; slot++) {
      const start = rows.starts[slot] ?? 0;
      const count = Math.max(0, rows.counts[slot] ?? 0);
      // A frame is the last rows of its partition, so their numbers are their places.
      const before = (added[slot] ?? 0) - count;
      for (const id of rows.lists.subarray(start, start + count)) all[size + (numbers[id] ?? 0) - before] = id;
      for (const id of all.subarray(size, size + count)) this.#queue.push(slot, id);
      size += count;
    }
    for (let from = 0; from < all.length; from += CHUNK) this.#reenter(all.subarray(from, from + CHUNK));
  }

  #reenter(ids: Int32Array): void {
    const slots = ids.map((id) => this.#rows.slotOf[id] ?? 0);
    const columns = this.#layout.kept.map((_, at) => this.#rows.gather(at, ids));
    const steps: FrameSteps = { slots, ids, runEnds: NONE, leaving: NONE, leavingEnds: NONE };
    for (const { running, columnOf } of this.#begin(steps, columns, []))
      enterAll(running, slots, columnOf(columns, ids.length));
  }
}

const NONE = new Int32Array(0);
