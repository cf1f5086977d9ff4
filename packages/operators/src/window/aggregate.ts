import { type Column, type RecordBatch, withSelection } from '@millrace/batch';
import type {
  Collector,
  KeyedTable,
  Operator,
  OperatorContext,
  StateDescriptor,
  TableState,
} from '@millrace/contracts';
import type { DataType, Schema } from '@millrace/model';
import type { Expression, WindowAggregateNode } from '@millrace/plan';
import { compileProjection, type Projection } from '../expression/compile.ts';
import { unsupported } from '../expression/scope.ts';
import { type Accumulation, accumulationOf, type Placed } from './accumulation.ts';
import { emitWindow } from './emit-window.ts';
import { PROGRESS, Progress } from './progress.ts';
import { groupBySlice } from './slice-groups.ts';
import { dueWindows, type GridWindow, type Slices, slicesOf } from './slices.ts';

/** One aggregate call: where its accumulators start and which computed columns it reads. */
interface BoundCall {
  readonly accumulation: Accumulation;
  readonly base: number;
  readonly argument: number | undefined;
  readonly filter: number | undefined;
}

/** Windows on a grid over event time. */
export interface GridAggregateNode extends WindowAggregateNode {
  readonly timeColumn: number;
  readonly window: GridWindow;
}

const SLICES = 'slices';
const MERGED = 'merged';

/**
 * GROUP BY keys and event-time window. State: one table per slice, named by its end. When the watermark passes the end of
 * a window, its slices are merged (or, for one slice, read directly), its rows emitted, and slices that no
 * later window needs are dropped; then the watermark goes on. Windows are emitted once, in order of their ends.
 */
export class WindowAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: GridAggregateNode;
  readonly #slices: Slices;
  readonly #calls: readonly BoundCall[];
  readonly #project: Projection;
  #context: OperatorContext | undefined;
  #progress: Progress | undefined;
  #slots = new Int32Array(0);
  #kept: { rows: Int32Array; slots: Int32Array } = { rows: new Int32Array(0), slots: new Int32Array(0) };

  constructor(node: GridAggregateNode, input: Schema) {
    this.#node = node;
    this.#slices = slicesOf(node.window);
    const computed: Expression[] = [];
    const accumulations = node.calls.map(accumulationOf);
    let base = 0;
    this.#calls = node.calls.map((call, at) => {
      const accumulation = accumulations[at];
      if (accumulation === undefined) throw unsupported(call.name, call.type);
      const bound = { accumulation, base, argument: add(computed, call.arg), filter: add(computed, call.filter) };
      base += accumulation.kinds.length;
      return bound;
    });
    this.#project = compileProjection(computed, input, node.label);
    const keyTypes = node.keys.map((index) => keyType(input, index));
    const table = { kind: 'table', keyTypes, accumulators: accumulations.flatMap(({ kinds }) => kinds) } as const;
    // `merged` is empty between any two calls; it exists because merging needs a hash table over the keys.
    const merged = this.#slices.single ? [] : [{ ...table, name: MERGED }];
    this.state = [{ ...table, name: SLICES }, ...merged, PROGRESS];
  }

  open(context: OperatorContext): void {
    this.#context = context;
    this.#progress = new Progress(context);
  }

  process(batch: RecordBatch, _input: number, _out: Collector): void {
    const { context, progress } = this.#opened();
    const time = batch.columns[this.#node.timeColumn];
    if (time?.kind !== 'float64') throw new Error('the event-time column is no timestamp');
    const { groups, late } = groupBySlice(batch, time, this.#slices, progress.watermark);
    if (late > 0) context.metrics.count('late_records_dropped_total', late);
    const state = context.state.table(SLICES);
    for (const { sliceEnd, rows } of groups) {
      this.#accumulate(state.at(sliceEnd), withSelection(batch, rows), rows, context.clock.now());
    }
  }

  onWatermark(timestamp: number, out: Collector): void {
    const { context, progress } = this.#opened();
    if (timestamp > progress.watermark) {
      const state = context.state.table(SLICES);
      for (const end of dueWindows(this.#slices, state.namespaces(), progress.watermark, timestamp)) {
        this.#emit(end, state, context, out);
      }
      for (const end of state.namespaces()) if (this.#slices.lastWindowEnd(end) - 1 <= timestamp) state.drop(end);
      progress.advance(timestamp);
    }
    out.emitWatermark(timestamp);
  }

  onIdle(idle: boolean, out: Collector): void {
    out.emitIdle(idle);
  }

  onProcessingTime(): void {}

  flush(): void {}

  close(): void {}

  #accumulate(table: KeyedTable, batch: RecordBatch, rows: Int32Array, now: number): void {
    if (this.#slots.length < rows.length) this.#slots = new Int32Array(Math.max(rows.length, 4096));
    const computed = this.#project(batch, now);
    table.slotsOf(batch, this.#node.keys, this.#slots);
    for (const { accumulation, base, argument, filter } of this.#calls) {
      const column = argument === undefined ? undefined : computed[argument];
      const condition = filter === undefined ? undefined : computed[filter];
      const placed = this.#placed(rows, column, condition);
      accumulation.accumulate(table, base, column, placed);
    }
  }

  /** Leaves out rows whose argument is NULL or whose FILTER is not true; usually there are none. */
  #placed(rows: Int32Array, argument: Column | undefined, condition: Column | undefined): Placed {
    const nulls = argument?.nulls;
    if (nulls === undefined && condition === undefined) return { rows, slots: this.#slots, count: rows.length };
    if (this.#kept.rows.length < rows.length) {
      this.#kept = { rows: new Int32Array(rows.length), slots: new Int32Array(rows.length) };
    }
    const kept = this.#kept;
    const passes = condition?.kind === 'boolean' ? condition : undefined;
    let count = 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0;
      if (nulls?.[row] === 1) continue;
      if (passes !== undefined && (passes.values[row] !== 1 || passes.nulls?.[row] === 1)) continue;
      kept.rows[count] = row;
      kept.slots[count++] = this.#slots[at] ?? 0;
    }
    return { ...kept, count };
  }

  #emit(end: number, state: TableState, context: OperatorContext, out: Collector): void {
    const start = this.#slices.windowStart(end);
    const results = (table: KeyedTable) =>
      this.#calls.map(({ accumulation, base }) => accumulation.result(table, base));
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
    for (const { accumulation, base } of this.#calls) accumulation.merge(slice, into, base, slots);
  }

  #opened(): { readonly context: OperatorContext; readonly progress: Progress } {
    if (this.#context === undefined || this.#progress === undefined) throw new Error('the operator is not open');
    return { context: this.#context, progress: this.#progress };
  }
}

function keyType(input: Schema, index: number): DataType {
  const type = input.fields[index]?.type;
  if (type === undefined) throw new Error(`the key column ${index} does not exist`);
  if (type.kind === 'array' || type.kind === 'map' || type.kind === 'row') throw unsupported('GROUP BY', type);
  return type;
}

/** The place of `expression` among the computed ones, equal ones once. */
function add(computed: Expression[], expression: Expression | undefined): number | undefined {
  if (expression === undefined) return undefined;
  const text = JSON.stringify(expression);
  const known = computed.findIndex((one) => JSON.stringify(one) === text);
  return known >= 0 ? known : computed.push(expression) - 1;
}
