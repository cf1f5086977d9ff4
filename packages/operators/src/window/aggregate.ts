import { type Float64Column, gather, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import type {
  Collector,
  KeyedTable,
  Operator,
  OperatorContext,
  StateDescriptor,
  TableState,
  UserFunctions,
} from '@millrace/contracts';
import type { Schema, SplitId } from '@millrace/model';
import type { TimeRef, WindowAggregateNode } from '@millrace/plan';
import type { Mergeable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { mergeableOf } from '../aggregate/of-call.ts';
import { globalCalls } from '../partial/global-calls.ts';
import { partialTable } from '../partial/partial-columns.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { emitWindow } from './emit-window.ts';
import { PROGRESS, Progress } from './progress.ts';
import { groupBySlice, type SliceGroup } from './slice-groups.ts';
import { dueWindows, type SlicedWindow, type Slices, slicesOf } from './slices.ts';
import { clockOf, type WindowTime, windowTimeOf } from './window-time.ts';

/** Windows that are told by each row. */
export interface SlicedAggregateNode extends WindowAggregateNode {
  readonly window: SlicedWindow;
}

const SLICES = 'slices';
const MERGED = 'merged';

/**
 * GROUP BY keys and window. State: one table per slice, named by its end. When the watermark passes the end of
 * a window, its slices are merged (or, for one slice, read directly), its rows emitted, and slices that no
 * later window needs are dropped; then the watermark goes on. Windows are emitted once, in order of their ends. Processing time: `window-time.ts`.
 *
 * As the global phase it is fed what `LocalWindowAggregate` adds up, a slice at a time; its state is the same.
 */
export class WindowAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: SlicedAggregateNode;
  readonly #slices: Slices;
  readonly #calls: BoundCalls<Mergeable>;
  #context: OperatorContext | undefined;
  #progress: Progress | undefined;
  #line: WindowTime | undefined;
  #slots = new Int32Array(0);

  constructor(node: SlicedAggregateNode, input: Schema, functions?: UserFunctions) {
    this.#node = node;
    this.#slices = slicesOf(node.window);
    this.#calls =
      node.phase === 'global' ? globalCalls(node, input, 0) : new BoundCalls(node, input, 0, mergeableOf, functions);
    const keyTypes = keyTypesOf(input, node.keys, 'GROUP BY');
    const { kinds, meanings } = this.#calls;
    const table = { kind: 'table', keyTypes, accumulators: kinds, meanings, grows: true } as const;
    // `merged` is empty between any two calls; it exists because merging needs a hash table over the keys.
    const merged = this.#slices.single ? [] : [{ ...table, name: MERGED }];
    this.state = [{ ...table, name: SLICES }, ...merged, PROGRESS];
  }

  open(context: OperatorContext): void {
    this.#context = context;
    this.#progress = new Progress(context);
    this.#line = windowTimeOf(this.#node.timeColumn, this.#progress);
  }

  process(batch: RecordBatch, _input: number, _out: Collector): void {
    const { context, progress } = this.#opened();
    const time = timeOf(batch, this.#node.timeColumn, clockOf(context, progress));
    const { groups, late } = groupBySlice(batch, time, this.#slices, progress.watermark);
    if (late > 0) context.metrics.count('late_records_dropped_total', this.#lateRows(batch, groups, late));
    const state = context.state.table(SLICES);
    for (const { sliceEnd, rows } of groups) {
      if (this.#node.phase === 'global') this.#takePartials(state.at(sliceEnd), gather(batch, rows));
      else this.#accumulate(state.at(sliceEnd), withSelection(batch, rows), rows, context.clock.now());
    }
    progress.arrive(batch.rows);
  }

  onWatermark(timestamp: number, out: Collector): void {
    this.#opened().line.onWatermark(timestamp, out, (until) => this.#emitUpTo(until, out));
  }

  onIdle(idle: boolean, out: Collector): void {
    this.#opened().line.onIdle(idle, out);
  }

  onProcessingTime(now: number, _caughtUp: readonly SplitId[], out: Collector): void {
    this.#opened().line.onProcessingTime(now, out, (until) => this.#emitUpTo(until, out));
  }

  flush(): void {}

  close(): void {}

  #accumulate(table: KeyedTable, batch: RecordBatch, rows: Int32Array, now: number): void {
    if (this.#slots.length < rows.length) this.#slots = new Int32Array(Math.max(rows.length, 4096));
    const computed = this.#calls.compute(batch, now);
    table.slotsOf(batch, this.#node.keys, this.#slots);
    const { arrivals } = this.#opened().progress;
    this.#calls.accumulate(table, computed, { rows, slots: this.#slots, count: rows.length, arrival: arrivals });
  }

  /** Rows of a partial result stand for as many rows as its last column says. */
  #lateRows(batch: RecordBatch, groups: readonly SliceGroup[], late: number): number {
    const counts = batch.columns.at(-1);
    if (this.#node.phase !== 'global' || counts?.kind !== 'float64') return late;
    const sum = (rows: Int32Array) => rows.reduce((total, row) => total + (counts.values[row] ?? 0), 0);
    const taken = groups.reduce((total, { rows }) => total + sum(rows), 0);
    return sum(batch.selection ?? rowNumbers(batch.rows)) - taken;
  }

  #takePartials(table: KeyedTable, partials: RecordBatch): void {
    if (this.#slots.length < partials.rows) this.#slots = new Int32Array(Math.max(partials.rows, 4096));
    table.slotsOf(partials, this.#node.keys, this.#slots);
    const from = partialTable(partials, this.#node.keys.length);
    for (const { accumulation, base } of this.#calls.all) accumulation.merge(from, table, base, this.#slots);
  }

  #emitUpTo(watermark: number, out: Collector): void {
    const { context, progress } = this.#opened();
    const state = context.state.table(SLICES);
    for (const end of dueWindows(this.#slices, state.namespaces(), progress.watermark, watermark)) {
      this.#emit(end, state, context, out);
    }
    for (const end of state.namespaces()) if (this.#slices.lastWindowEnd(end) - 1 <= watermark) state.drop(end);
  }

  #emit(end: number, state: TableState, context: OperatorContext, out: Collector): void {
    const start = this.#slices.windowStart(end);
    const results = (table: KeyedTable) => this.#calls.results(table, rowNumbers(table.size));
    if (this.#slices.single) {
      const table = state.get(end);
      if (table !== undefined) emitWindow(this.#node.schema, table, results(table), start, end, out);
      return;
    }
    const scratch = context.state.table(MERGED);
    const merged = scratch.at(0);
    for (const sliceEnd of state.namespaces()) {
      const slice = sliceEnd > start && sliceEnd <= end ? state.get(sliceEnd) : undefined;
      if (slice !== undefined) this.#merge(slice, merged);
    }
    emitWindow(this.#node.schema, merged, results(merged), start, end, out);
    scratch.drop(0);
  }

  #merge(slice: KeyedTable, into: KeyedTable): void {
    const columns = slice.keyColumns();
    const schema = { fields: this.#node.schema.fields.slice(0, columns.length) };
    const slots = new Int32Array(slice.size);
    into.slotsOf({ schema, rows: slice.size, columns, selection: undefined }, [...columns.keys()], slots);
    for (const { accumulation, base } of this.#calls.all) accumulation.merge(slice, into, base, slots);
  }

  #opened() {
    if (this.#context === undefined || this.#progress === undefined || this.#line === undefined)
      throw new Error('the operator is not open');
    return { context: this.#context, progress: this.#progress, line: this.#line };
  }
}

/** Every row of a processing-time step has the same time. */
export function timeOf(batch: RecordBatch, time: TimeRef, now: number): Float64Column {
  if (time === 'processing') {
    return { kind: 'float64', values: new Float64Array(batch.rows).fill(now), nulls: undefined };
  }
  const column = batch.columns[time];
  if (column?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
  return column;
}
