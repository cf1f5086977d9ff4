import type { Column } from '@millrace/batch';
import type { AggregateCall } from '@millrace/plan';
import { assertComparable, compareHeld, type Held, heldReader } from '../aggregate/held.ts';
import { RowQueues } from './row-queues.ts';
import type { Bound, Running } from './running.ts';

/** MIN and MAX over frames that slide: a monotonic queue. A row that can never be the extreme again, because a later one is as good, is not in it. */
export class Extreme implements Running {
  readonly kinds = [];
  readonly takesNulls = false;
  readonly #isBetter: (a: Held, b: Held) => boolean;
  readonly #queue = new RowQueues();
  /** By id; of those in the queue. */
  readonly #values: Held[] = [];
  #read: (row: number) => Held = () => 0;
  #bound: Bound | undefined;
  #ids: Int32Array = new Int32Array(0);
  #leaving: Int32Array = new Int32Array(0);
  #results = new Int32Array(0);

  constructor({ name, type, arg }: AggregateCall) {
    assertComparable(name.toUpperCase(), arg?.type ?? type);
    const ascending = compareHeld(arg?.type ?? type);
    this.#isBetter = name === 'min' ? (a, b) => ascending(a, b) < 0 : (a, b) => ascending(a, b) > 0;
  }

  begin(bound: Bound): void {
    this.#bound = bound;
    this.#ids = bound.steps.ids;
    this.#leaving = bound.steps.leaving;
    this.#queue.grow(bound.slots, bound.ids);
    this.#read = heldReader(bound.argument);
    this.#results = new Int32Array(bound.steps.slots.length);
    while (this.#values.length < bound.ids) this.#values.push(0);
  }

  enter(slot: number, row: number): void {
    const queue = this.#queue;
    const values = this.#values;
    const value = this.#read(row);
    for (let last = queue.last[slot] ?? -1; last >= 0; last = queue.last[slot] ?? -1) {
      if (this.#isBetter(values[last] ?? 0, value)) break;
      queue.pop(slot);
    }
    const id = this.#ids[row] ?? 0;
    values[id] = value;
    queue.push(slot, id);
  }

  leave(slot: number, at: number): void {
    if (this.#queue.first[slot] === this.#leaving[at]) this.#queue.shift(slot);
  }

  result(slot: number, row: number): void {
    this.#results[row] = this.#queue.first[slot] ?? -1;
  }

  end(): Column {
    if (this.#bound === undefined) throw new Error('no batch is bound');
    const { gather } = this.#bound;
    this.#bound = undefined;
    return gather(this.#results);
  }

  clear(slot: number): void {
    this.#queue.clear(slot);
  }
}
