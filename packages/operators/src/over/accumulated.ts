import { type Column, columnOf, rowNumbers, type Value, valueAt } from '@millrace/batch';
import type { AccumulatorKind } from '@millrace/contracts';
import type { AggregateCall } from '@millrace/plan';
import type { Accumulation, Placed, Retractable } from '../aggregate/accumulation.ts';
import { MemoryAccumulators } from '../aggregate/memory-accumulators.ts';
import type { Bound, Running } from './running.ts';

/** Object accumulators of these are replaced, never changed in place. */
const REPLACED: ReadonlySet<AggregateCall['name']> = new Set(['min', 'max', 'first_value', 'last_value']);

/**
 * A call held as GROUP BY and windows hold it, row by row. Where its accumulators are plain values they are set aside for each row, and
 * all results are made of them at once.
 */
export class Accumulated implements Running {
  readonly kinds: readonly AccumulatorKind[];
  readonly takesNulls: boolean;
  readonly #call: AggregateCall;
  readonly #accumulation: Accumulation & Partial<Pick<Retractable, 'retract'>>;
  readonly #setsAside: boolean;
  readonly #one: Placed = { rows: new Int32Array(1), slots: new Int32Array(1), count: 1, arrival: 0 };
  #bound: Bound | undefined;
  #aside = new MemoryAccumulators([], 0);
  #values: Value[] = [];

  constructor(call: AggregateCall, accumulation: Accumulation & Partial<Pick<Retractable, 'retract'>>) {
    this.#call = call;
    this.#accumulation = accumulation;
    this.kinds = accumulation.kinds;
    this.takesNulls = accumulation.takesNulls === true;
    this.#setsAside = canSetAside(call, accumulation.kinds);
  }

  begin(bound: Bound): void {
    this.#bound = bound;
    const rows = bound.steps.slots.length;
    if (this.#setsAside) this.#aside = new MemoryAccumulators(this.kinds, rows);
    else this.#values = [];
  }

  enter(slot: number, row: number): void {
    const { accumulators, base, argument } = this.#opened();
    this.#accumulation.accumulate(accumulators, base, argument, this.#place(slot, row));
  }

  leave(slot: number, at: number): void {
    const { accumulators, base, leavingArgument } = this.#opened();
    if (this.#accumulation.retract === undefined) throw new Error(`${this.#call.name} takes nothing back`);
    this.#accumulation.retract(accumulators, base, leavingArgument, this.#place(slot, at));
  }

  result(slot: number, row: number): void {
    const { accumulators, base } = this.#opened();
    if (this.#setsAside) {
      this.#aside.copy(row, accumulators, base, slot);
      return;
    }
    const { slots } = this.#place(slot, row);
    this.#values[row] = valueAt(this.#accumulation.result(accumulators, base, slots), this.#call.type, 0);
  }

  end(): Column {
    const { length } = this.#opened().steps.slots;
    this.#bound = undefined;
    if (!this.#setsAside) return columnOf(this.#values, this.#call.type);
    return this.#accumulation.result(this.#aside, 0, rowNumbers(length));
  }

  clear(): void {}

  #place(slot: number, row: number): Placed {
    this.#one.rows[0] = row;
    this.#one.slots[0] = slot;
    return this.#one;
  }

  #opened(): Bound {
    if (this.#bound === undefined) throw new Error('no batch is bound');
    return this.#bound;
  }
}

/** Whether what a result is made of stays as it is when the next row comes. The values that DISTINCT counts, in a first accumulator, do not, but no result is made of them. */
function canSetAside({ name, distinct }: AggregateCall, kinds: readonly AccumulatorKind[]): boolean {
  if (REPLACED.has(name) && distinct !== true) return true;
  const isCounted = distinct === true || name === 'approx_count_distinct';
  return !kinds.includes('object', isCounted ? 1 : 0);
}
