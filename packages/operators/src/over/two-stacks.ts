import { type Column, rowNumbers } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';
import type { Mergeable, Placed } from '../aggregate/accumulation.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { RowQueues } from './row-queues.ts';
import type { Bound, Running } from './running.ts';

/**
 * A frame of doubles as two stacks (Tangwongsan, Hirzel, Schneider, Wu 2015): what came lately is added up in one accumulator; of the rows before, each
 * knows what it and all between it and those lately come add up to. A row that leaves is dropped with its partial sum, so
 * nothing is ever subtracted and no rounding of what has left stays. When no such row is left, those that came lately get their
 * partial sums: each row once, whatever the length of the frame.
 */
export class TwoStacks implements Running {
  readonly kinds: readonly 'float64'[];
  readonly takesNulls = false;
  readonly #call: AggregateCall;
  readonly #accumulation: Mergeable;
  readonly #queue = new RowQueues();
  /** By slot, how many rows have a partial sum. */
  readonly #settled = new MemoryAccumulators(['int32'], 0);
  /** By id, what the row and those after it add up to that had come when it was made. */
  readonly #sums: MemoryAccumulators;
  /** Slot 0: one partial result. */
  readonly #partial: MemoryAccumulators;
  readonly #one: Placed = { rows: new Int32Array(1), slots: new Int32Array(1), count: 1, arrival: 0 };
  #bound: Bound | undefined;
  #results: MemoryAccumulators;

  /** All accumulators are float64. */
  constructor(call: AggregateCall, accumulation: Mergeable) {
    this.#call = call;
    this.#accumulation = accumulation;
    this.kinds = accumulation.kinds.map(() => 'float64');
    this.#sums = new MemoryAccumulators(this.kinds, 0);
    this.#partial = new MemoryAccumulators(this.kinds, 1);
    this.#results = new MemoryAccumulators(this.kinds, 0);
  }

  begin(bound: Bound): void {
    this.#bound = bound;
    this.#queue.grow(bound.slots, bound.ids);
    this.#settled.grow(bound.slots);
    this.#sums.grow(bound.ids);
    this.#results = new MemoryAccumulators(this.kinds, bound.steps.slots.length);
  }

  enter(slot: number, row: number): void {
    const { accumulators, base, argument, steps } = this.#opened();
    this.#accumulation.accumulate(accumulators, base, argument, this.#place(slot, row));
    this.#queue.push(slot, steps.ids[row] ?? 0);
  }

  leave(slot: number): void {
    const settled = this.#settled.int32(0);
    if (settled[slot] === 0) this.#settle(slot);
    settled[slot] = (settled[slot] ?? 0) - 1;
    this.#queue.shift(slot);
  }

  result(slot: number, row: number): void {
    const { accumulators, base } = this.#opened();
    this.#results.copy(row, accumulators, base, slot);
    if (this.#settled.int32(0)[slot] === 0) return;
    this.#partial.copy(0, this.#sums, 0, this.#queue.first[slot] ?? 0);
    this.#accumulation.merge(this.#partial, this.#results, 0, this.#place(row, 0).slots);
  }

  end(): Column {
    const { length } = this.#opened().steps.slots;
    this.#bound = undefined;
    return this.#accumulation.result(this.#results, 0, rowNumbers(length));
  }

  clear(slot: number): void {
    this.#queue.clear(slot);
    this.#settled.grow(slot + 1);
    this.#settled.clear(slot);
  }

  /** Gives the rows of a partition their partial sums, from the last to the first. */
  #settle(slot: number): void {
    const { accumulators, base, gather } = this.#opened();
    const ids = this.#queue.idsOf(slot);
    const argument = gather(ids);
    this.#partial.clear(0);
    for (let at = ids.length - 1; at >= 0; at--) {
      this.#accumulation.accumulate(this.#partial, 0, argument, this.#place(0, at));
      this.#sums.copy(ids[at] ?? 0, this.#partial, 0, 0);
    }
    this.#settled.int32(0)[slot] = ids.length;
    for (let at = 0; at < this.kinds.length; at++) accumulators.float64(base + at)[slot] = 0;
  }

  #place(slot: number, row: number): Placed {
    this.#one.rows[0] = row;
    this.#one.slots[0] = slot;
    return this.#one;
  }

  #opened(): Bound {
    if (this.#bound === undefined) throw new Error(`no batch is bound to ${this.#call.name}`);
    return this.#bound;
  }
}
