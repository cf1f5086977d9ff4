import { type Column, columnOf, rowNumbers, type Value, valueAt } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';
import type { Accumulation } from '../aggregate/accumulation.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { RowQueues } from './row-queues.ts';
import type { Bound, Running } from './running.ts';

/** A call that cannot take rows back, or not without a trace, over frames that slide: computed from all rows of the frame, for each row anew. */
export class Recomputed implements Running {
  readonly kinds = [];
  readonly takesNulls: boolean;
  readonly #call: AggregateCall;
  readonly #accumulation: Accumulation;
  readonly #queue = new RowQueues();
  #bound: Bound | undefined;
  #values: Value[] = [];

  constructor(call: AggregateCall, accumulation: Accumulation) {
    this.#call = call;
    this.#accumulation = accumulation;
    this.takesNulls = accumulation.takesNulls === true;
  }

  begin(bound: Bound): void {
    this.#bound = bound;
    this.#queue.grow(bound.slots, bound.ids);
    this.#values = [];
  }

  enter(slot: number, row: number): void {
    this.#queue.push(slot, this.#bound?.steps.ids[row] ?? 0);
  }

  leave(slot: number): void {
    this.#queue.shift(slot);
  }

  result(slot: number, row: number): void {
    const ids = this.#queue.idsOf(slot);
    const fresh = new MemoryAccumulators(this.#accumulation.kinds, 1);
    const placed = { rows: rowNumbers(ids.length), slots: new Int32Array(ids.length), count: ids.length, arrival: 0 };
    if (ids.length > 0) this.#accumulation.accumulate(fresh, 0, this.#bound?.gather(ids), placed);
    this.#values[row] = valueAt(this.#accumulation.result(fresh, 0, rowNumbers(1)), this.#call.type, 0);
  }

  end(): Column {
    this.#bound = undefined;
    return columnOf(this.#values, this.#call.type);
  }

  clear(slot: number): void {
    this.#queue.clear(slot);
  }
}
