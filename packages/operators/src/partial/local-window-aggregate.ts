import { type Column, gatherColumn, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import {
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type StateDescriptor,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { Accumulators, Mergeable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { mergeableOf } from '../aggregate/of-call.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { type SlicedAggregateNode, timeOf } from '../window/aggregate.ts';
import { emitRows } from '../window/emit-window.ts';
import { groupBySlice } from '../window/slice-groups.ts';
import { type Slices, slicesOf } from '../window/slices.ts';
import { HeldWatermark } from './held-watermark.ts';
import { accumulatorColumns } from './partial-columns.ts';
import { Reduction } from './reduction.ts';

const PARTIALS = 'partials';
/** The accumulator before those of the calls: how many rows went in. */
const ROWS = 0;
/** Groups held at most before they leave. */
const GROUPS_MAX = 65_536;

/**
 * The half of a window aggregate before the exchange: adds up by slice and key what comes between two flushes. The engine flushes every
 * 100 ms at the latest; here rows also leave when the watermark enters another slice, so that no window waits, and before
 * anything is held too long. Late rows are the other half's business: only it knows which windows are over. Between two
 * checkpoints nothing is remembered: the table is empty after each flush.
 */
export class LocalWindowAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: SlicedAggregateNode;
  readonly #slices: Slices;
  readonly #calls: BoundCalls<Mergeable>;
  readonly #reduction = new Reduction();
  readonly #held = new HeldWatermark();
  #context: OperatorContext | undefined;
  #slots = new Int32Array(0);
  #rowsHeld = 0;
  #sliceEnd = Number.NEGATIVE_INFINITY;

  constructor(node: SlicedAggregateNode, input: Schema) {
    this.#node = node;
    this.#slices = slicesOf(node.window);
    this.#calls = new BoundCalls(node, input, ROWS + 1, mergeableOf);
    const keyTypes = keyTypesOf(input, node.keys, 'GROUP BY');
    const accumulators = ['float64', ...this.#calls.kinds] as const;
    this.state = [{ kind: 'table', name: PARTIALS, keyTypes, accumulators, passing: true }];
  }

  open(context: OperatorContext): void {
    this.#context = context;
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const context = this.#opened();
    const time = timeOf(batch, this.#node.timeColumn, 0);
    const { groups, late } = groupBySlice(batch, time, this.#slices, Number.NEGATIVE_INFINITY);
    // Rows without an event time.
    if (late > 0) context.metrics.count('late_records_dropped_total', late);
    const state = context.state.table(PARTIALS);
    for (const { sliceEnd, rows } of groups) {
      const part = withSelection(batch, rows);
      if (this.#reduction.gathers) {
        const table = state.at(sliceEnd);
        if (this.#slots.length < rows.length) this.#slots = new Int32Array(Math.max(rows.length, 4096));
        table.slotsOf(part, this.#node.keys, this.#slots);
        this.#accumulate(table, part, rows, this.#slots);
        this.#rowsHeld += rows.length;
      } else this.#pass(part, rows, sliceEnd, out);
    }
    if (this.#groupsHeld() > GROUPS_MAX) this.flush(out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    this.#held.hold(timestamp);
    const sliceEnd = timestamp === MAX_WATERMARK ? timestamp : this.#slices.endOf(timestamp + 1);
    if (sliceEnd === this.#sliceEnd) return;
    this.#sliceEnd = sliceEnd;
    this.flush(out);
  }

  onIdle(idle: boolean, out: Collector): void {
    this.flush(out);
    out.emitIdle(idle);
  }

  onProcessingTime(): void {}

  flush(out: Collector): void {
    const state = this.#opened().state.table(PARTIALS);
    this.#reduction.gathered(this.#rowsHeld, this.#groupsHeld());
    this.#rowsHeld = 0;
    for (const sliceEnd of state.namespaces()) {
      const table = state.at(sliceEnd);
      this.#emit(table.keyColumns(), table, sliceEnd, out);
      state.drop(sliceEnd);
    }
    this.#held.release(out);
  }

  close(): void {}

  #groupsHeld(): number {
    const state = this.#opened().state.table(PARTIALS);
    return state.namespaces().reduce((sum, sliceEnd) => sum + (state.get(sliceEnd)?.size ?? 0), 0);
  }

  #accumulate(table: Accumulators, part: RecordBatch, rows: Int32Array, slots: Int32Array): void {
    const counts = table.float64(ROWS);
    for (let at = 0; at < rows.length; at++) {
      const slot = slots[at] ?? 0;
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    const computed = this.#calls.compute(part, this.#opened().clock.now());
    this.#calls.accumulate(table, computed, { rows, slots, count: rows.length, arrival: 0 });
  }

  /** Each row is a group of its own. */
  #pass(part: RecordBatch, rows: Int32Array, sliceEnd: number, out: Collector): void {
    const table = new MemoryAccumulators(['float64', ...this.#calls.kinds], rows.length);
    this.#accumulate(table, part, rows, rowNumbers(rows.length));
    const keys = this.#node.keys.flatMap((key) => part.columns[key] ?? []).map((key) => gatherColumn(key, rows));
    this.#emit(keys, table, sliceEnd, out);
    this.#reduction.passed(rows.length);
  }

  #emit(keys: readonly Column[], table: Accumulators, sliceEnd: number, out: Collector): void {
    const rows = table.size;
    if (rows === 0) return;
    const { schema } = this.#node;
    const types = [
      { kind: 'double', nullable: false } as const,
      ...schema.fields.slice(keys.length).map(({ type }) => type),
    ];
    const [counts, ...parts] = accumulatorColumns(table, ['float64', ...this.#calls.kinds], types);
    if (counts === undefined) throw new Error('rows are counted');
    const time: Column = { kind: 'float64', values: new Float64Array(rows).fill(sliceEnd - 1), nulls: undefined };
    emitRows({ schema, rows, columns: [...keys, ...parts, time, counts], selection: undefined }, out);
  }

  #opened(): OperatorContext {
    if (this.#context === undefined) throw new Error('the operator is not open');
    return this.#context;
  }
}
