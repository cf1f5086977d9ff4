import type { Column } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import { RowQueues } from './row-queues.ts';
import type { Bound, Running } from './running.ts';

const COUNT = 0;
/** The row that lies `back` before the last. */
const BACK = 1;

/** FIRST_VALUE, LAST_VALUE and LAG over frames that slide: the value of one row of the frame. */
export class Picked implements Running {
  readonly kinds = [];
  readonly takesNulls: boolean;
  readonly #name: AggregateCall['name'];
  readonly #back: number;
  readonly #queue = new RowQueues();
  readonly #places = new MemoryAccumulators(['int32', 'int32'], 0);
  #bound: Bound | undefined;
  #results = new Int32Array(0);

  constructor({ name, parameter }: AggregateCall) {
    this.#name = name;
    this.takesNulls = name === 'lag';
    this.#back = name === 'lag' ? Number(parameter ?? 1) : 0;
  }

  begin(bound: Bound): void {
    this.#bound = bound;
    this.#queue.grow(bound.slots, bound.ids);
    this.#places.grow(bound.slots);
    this.#results = new Int32Array(bound.steps.slots.length);
  }

  enter(slot: number, row: number): void {
    const [counts, backs] = [this.#places.int32(COUNT), this.#places.int32(BACK)];
    this.#queue.push(slot, this.#bound?.steps.ids[row] ?? 0);
    const count = (counts[slot] ?? 0) + 1;
    counts[slot] = count;
    if (count === this.#back + 1) backs[slot] = this.#queue.first[slot] ?? -1;
    else if (count > this.#back) backs[slot] = this.#queue.next[backs[slot] ?? -1] ?? -1;
  }

  leave(slot: number): void {
    const counts = this.#places.int32(COUNT);
    this.#queue.shift(slot);
    counts[slot] = (counts[slot] ?? 0) - 1;
  }

  result(slot: number, row: number): void {
    this.#results[row] = this.#idOf(slot);
  }

  end(): Column {
    if (this.#bound === undefined) throw new Error('no batch is bound');
    const { gather } = this.#bound;
    this.#bound = undefined;
    return gather(this.#results);
  }

  clear(slot: number): void {
    this.#queue.clear(slot);
    this.#places.grow(slot + 1);
    this.#places.clear(slot);
  }

  #idOf(slot: number): number {
    if (this.#name === 'first_value') return this.#queue.first[slot] ?? -1;
    if (this.#name === 'last_value') return this.#queue.last[slot] ?? -1;
    const isThere = (this.#places.int32(COUNT)[slot] ?? 0) > this.#back;
    return isThere ? (this.#places.int32(BACK)[slot] ?? -1) : -1;
  }
}
