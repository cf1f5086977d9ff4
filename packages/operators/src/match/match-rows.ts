import { type RecordBatch, withSelection } from '@millrace/batch';
import type { KeyedRows, OperatorContext, RowsDescriptor } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { MatchNode } from '@millrace/plan';
import { keyTypesOf } from '../row/key-types.ts';
import type { RememberedOrder } from '../row/remembered-order.ts';

const ROWS = 'rows';
/** Marks of a row: its time, then what its definitions say (`Definitions`). */
const TIME = 0;
const FACTS = 1;

/** Taking a row from the front of a list moves all behind it; beyond so many it is less to put back those that stay. */
const FROM_FRONT_MAX = 64;

const NEVER = Number.POSITIVE_INFINITY;

/** The rows of each partition, from the start of the attempt that is not decided on, in order. */
export function matchState(node: MatchNode, input: Schema, factWords: number): RowsDescriptor {
  const keyTypes = keyTypesOf(input, node.partition, 'PARTITION BY');
  const rowTypes = input.fields.map(({ type }) => type);
  const facts = Array.from({ length: factWords }, () => 'int32' as const);
  return {
    kind: 'rows',
    name: ROWS,
    keyTypes,
    rowTypes,
    keyMarks: [],
    rowMarks: ['float64', ...facts],
    order: 'given',
  };
}

/** What is remembered of all partitions: a list of rows per slot, by time, then by the order asked for, then as they came. */
export class MatchRows {
  readonly rows: KeyedRows;
  readonly #partition: readonly number[];
  readonly #order: RememberedOrder;
  readonly #factWords: number;
  #times: Float64Array;
  #facts: readonly Int32Array[];

  constructor(node: MatchNode, order: RememberedOrder, factWords: number, context: OperatorContext) {
    this.rows = context.state.rows(ROWS).at(0);
    this.#partition = node.partition;
    this.#order = order;
    this.#factWords = factWords;
    this.#times = this.rows.rowFloat64(TIME);
    this.#facts = this.#factsNow();
  }

  /** By row, its time (epoch ms). Valid until rows are added. */
  get times(): Float64Array {
    return this.#times;
  }

  /** By word and row. Valid until rows are added. */
  get facts(): readonly Int32Array[] {
    return this.#facts;
  }

  /** Puts rows of a batch in their places; the slot of each. `times` and `facts` are by row number. */
  add(batch: RecordBatch, numbers: Int32Array, times: Float64Array, facts: readonly Int32Array[]): Int32Array {
    const { rows } = this;
    const slots = new Int32Array(numbers.length);
    const ids = new Int32Array(numbers.length);
    rows.slotsOf(withSelection(batch, numbers), this.#partition, slots);
    rows.add(batch, numbers, ids);
    this.#times = rows.rowFloat64(TIME);
    this.#facts = this.#factsNow();
    for (let at = 0; at < ids.length; at++) this.#times[ids[at] ?? 0] = times[numbers[at] ?? 0] ?? 0;
    for (let word = 0; word < this.#factWords; word++) {
      const [marks, given] = [this.#facts[word], facts[word]];
      if (marks === undefined || given === undefined) continue;
      for (let at = 0; at < ids.length; at++) marks[ids[at] ?? 0] = given[numbers[at] ?? 0] ?? 0;
    }
    rows.bind(batch, this.#order.columns);
    for (let at = 0; at < ids.length; at++) {
      const slot = slots[at] ?? 0;
      const id = ids[at] ?? 0;
      rows.linkAt(slot, this.#placeOf(slot, id, batch, numbers[at] ?? 0), id);
    }
    return slots;
  }

  count(slot: number): number {
    return Math.max(0, this.rows.counts[slot] ?? 0);
  }

  /** How many rows have a time up to `time`. */
  countUntil(slot: number, time: number): number {
    const count = this.count(slot);
    if (count === 0 || this.#timeAt(slot, count - 1) <= time) return count;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeAt(slot, middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The time of the first row; Infinity without one. */
  first(slot: number): number {
    return this.count(slot) === 0 ? NEVER : this.#timeAt(slot, 0);
  }

  /** The time of the first row after `time`; Infinity without one. */
  firstAfter(slot: number, time: number): number {
    const count = this.countUntil(slot, time);
    return count === this.count(slot) ? NEVER : this.#timeAt(slot, count);
  }

  /** Takes out the first rows, which stay readable until they are freed. */
  takeFirst(slot: number, count: number, taken: number[]): void {
    const { rows } = this;
    const stay = this.count(slot) - count;
    if (stay > 0 && count <= FROM_FRONT_MAX) {
      for (let at = 0; at < count; at++) taken.push(rows.unlinkAt(slot, 0));
      return;
    }
    const staying: number[] = [];
    for (let at = count + stay - 1; at >= count; at--) staying.push(rows.unlinkAt(slot, at));
    for (let at = count - 1; at >= 0; at--) taken.push(rows.unlinkAt(slot, at));
    for (let at = 0; at < stay; at++) rows.linkAt(slot, at, staying[stay - 1 - at] ?? 0);
  }

  /** Forgets those of some partitions that have no rows. */
  forgetEmpty(slots: Int32Array): void {
    this.rows.dropEmpty(slots, slots.length);
  }

  #factsNow(): readonly Int32Array[] {
    return Array.from({ length: this.#factWords }, (_, word) => this.rows.rowInt32(FACTS + word));
  }

  #timeAt(slot: number, place: number): number {
    const { lists, starts } = this.rows;
    return this.#times[lists[(starts[slot] ?? 0) + place] ?? 0] ?? 0;
  }

  /** Behind all rows that are not after it. */
  #placeOf(slot: number, id: number, batch: RecordBatch, number: number): number {
    const count = this.count(slot);
    const time = this.#times[id] ?? 0;
    if (count === 0 || !this.#isAfter(slot, count - 1, time, batch, number)) return count;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isAfter(slot, middle, time, batch, number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether the row at `place` comes after row `number` of the batch, which has that time. */
  #isAfter(slot: number, place: number, time: number, batch: RecordBatch, number: number): boolean {
    const difference = this.#timeAt(slot, place) - time;
    if (difference !== 0 || this.#order.columns.length === 0) return difference > 0;
    const { lists, starts } = this.rows;
    return this.#order.compare(this.rows, lists[(starts[slot] ?? 0) + place] ?? 0, batch, number) > 0;
  }
}
