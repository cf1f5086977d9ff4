import { type Column, gatherColumn, isRetraction, type RecordBatch, rowNumbers } from '@millrace/batch';
import {
  type Collector,
  MAX_WATERMARK,
  type Operator,
  type OperatorContext,
  type StateDescriptor,
} from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { GroupAggregateNode } from '@millrace/plan';
import type { Accumulation, Accumulators, Retractable } from '../aggregate/accumulation.ts';
import { BoundCalls } from '../aggregate/bound-calls.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { mergeableOf, retractableOf } from '../aggregate/of-call.ts';
import { keyTypesOf } from '../row/key-types.ts';
import { emitRows } from '../window/emit-window.ts';
import { HeldWatermark } from './held-watermark.ts';
import { accumulatorColumns } from './partial-columns.ts';
import { Reduction } from './reduction.ts';

const PARTIALS = 'partials';
/** The accumulator before those of the calls: how many rows came, less those taken back. */
const ROWS = 0;
/** Groups held at most before they leave. */
const GROUPS_MAX = 65_536;

/**
 * The half of a GROUP BY before the exchange: adds up by key what comes between two flushes, the mini-batch of Flink. Rows that are taken
 * back are subtracted, so a partial result may be negative; put together they are not. The watermark waits with what is held.
 * Between two checkpoints nothing is remembered: the table is empty after each flush.
 */
export class LocalGroupAggregate implements Operator {
  readonly state: readonly StateDescriptor[];
  readonly #node: GroupAggregateNode;
  readonly #calls: BoundCalls<Accumulation>;
  readonly #retractable: BoundCalls<Retractable> | undefined;
  readonly #reduction = new Reduction();
  readonly #held = new HeldWatermark();
  #context: OperatorContext | undefined;
  #slots = new Int32Array(0);
  #rowsHeld = 0;

  constructor(node: GroupAggregateNode, input: Schema) {
    this.#node = node;
    this.#retractable = node.insertOnly === true ? undefined : new BoundCalls(node, input, ROWS + 1, retractableOf);
    this.#calls = this.#retractable ?? new BoundCalls<Accumulation>(node, input, ROWS + 1, mergeableOf);
    const keyTypes = keyTypesOf(input, node.keys, 'GROUP BY');
    const accumulators = ['float64', ...this.#calls.kinds] as const;
    this.state = [{ kind: 'table', name: PARTIALS, keyTypes, accumulators, passing: true }];
  }

  open(context: OperatorContext): void {
    this.#context = context;
  }

  process(batch: RecordBatch, _input: number, out: Collector): void {
    const rows = batch.selection ?? rowNumbers(batch.rows);
    if (rows.length === 0) return;
    if (!this.#reduction.gathers) {
      this.#pass(batch, rows, out);
      return;
    }
    const table = this.#opened().state.table(PARTIALS).at(0);
    if (this.#slots.length < rows.length) this.#slots = new Int32Array(Math.max(rows.length, 4096));
    table.slotsOf(batch, this.#node.keys, this.#slots);
    this.#accumulate(table, batch, rows, this.#slots);
    this.#rowsHeld += rows.length;
    if (table.size > GROUPS_MAX) this.flush(out);
  }

  onWatermark(timestamp: number, out: Collector): void {
    this.#held.hold(timestamp);
    if (timestamp === MAX_WATERMARK) this.flush(out);
  }

  onIdle(idle: boolean, out: Collector): void {
    this.flush(out);
    out.emitIdle(idle);
  }

  onProcessingTime(): void {}

  flush(out: Collector): void {
    const state = this.#opened().state.table(PARTIALS);
    const table = state.get(0);
    if (table !== undefined) {
      this.#reduction.gathered(this.#rowsHeld, table.size);
      this.#rowsHeld = 0;
      this.#emit(table.keyColumns(), table, out);
      state.drop(0);
    }
    this.#held.release(out);
  }

  close(): void {}

  #accumulate(table: Accumulators, batch: RecordBatch, rows: Int32Array, slots: Int32Array): void {
    const computed = this.#calls.compute(batch, this.#opened().clock.now());
    const { added, taken } = bySign(rows, slots, batch.changes, table.float64(ROWS));
    this.#calls.accumulate(table, computed, added);
    if (taken.count === 0) return;
    if (this.#retractable === undefined) throw new Error(`${this.#node.label} was promised INSERTs only`);
    this.#retractable.forEach(computed, taken, ({ accumulation, base }, argument, placed) => {
      accumulation.retract(table, base, argument, placed);
    });
  }

  /** Each row is a group of its own. */
  #pass(batch: RecordBatch, rows: Int32Array, out: Collector): void {
    const table = new MemoryAccumulators(['float64', ...this.#calls.kinds], rows.length);
    this.#accumulate(table, batch, rows, rowNumbers(rows.length));
    const keys = this.#node.keys.flatMap((key) => batch.columns[key] ?? []).map((key) => gatherColumn(key, rows));
    this.#emit(keys, table, out);
    this.#reduction.passed(rows.length);
  }

  #emit(keys: readonly Column[], table: Accumulators, out: Collector): void {
    const { schema } = this.#node;
    const types = schema.fields.slice(keys.length).map(({ type }) => type);
    const parts = accumulatorColumns(table, ['float64', ...this.#calls.kinds], types);
    if (table.size > 0) emitRows({ schema, rows: table.size, columns: [...keys, ...parts], selection: undefined }, out);
  }

  #opened(): OperatorContext {
    if (this.#context === undefined) throw new Error('the operator is not open');
    return this.#context;
  }
}

/** Rows that add and rows that take back, each with its slot; `held` counts both. */
function bySign(rows: Int32Array, slots: Int32Array, changes: Uint8Array | undefined, held: Float64Array) {
  const added = { rows, slots, count: rows.length, arrival: 0 };
  const taken = { rows, slots, count: 0, arrival: 0 };
  if (changes !== undefined) {
    for (const side of [added, taken]) {
      side.rows = new Int32Array(rows.length);
      side.slots = new Int32Array(rows.length);
      side.count = 0;
    }
  }
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    const slot = slots[at] ?? 0;
    const isTaken = changes !== undefined && isRetraction(changes[row] ?? 0);
    held[slot] = (held[slot] ?? 0) + (isTaken ? -1 : 1);
    if (changes === undefined) continue;
    const side = isTaken ? taken : added;
    side.rows[side.count] = row;
    side.slots[side.count++] = slot;
  }
  return { added, taken };
}
