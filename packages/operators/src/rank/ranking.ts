import type { RecordBatch } from '@millrace/batch';
import type { KeyedRows } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { RememberedOrder } from '../row/remembered-order.ts';

/** The order of a Top-N and the places it looks at. Rows of a partition lie best first; ties in order of arrival. */
export class Ranking {
  readonly #order: RememberedOrder;
  readonly #from: number;
  readonly #to: number;
  readonly #isBounded: boolean;

  /** Throws `expression.unsupported` for ARRAY, MAP and ROW sort columns. */
  constructor(node: RankNode, input: Schema) {
    this.#order = new RememberedOrder(node.order, input);
    this.#from = node.from;
    this.#to = node.to;
    // A window's rows are INSERTs; so no row below the last place can come back.
    this.#isBounded = node.insertOnly === true || node.windowEnd !== undefined;
  }

  /** Columns that `placeOf` looks at: to be bound. */
  get sortColumns(): readonly number[] {
    return this.#order.columns;
  }

  /** Where row `number` of the bound batch goes; -1 when it can never come to a place asked for. */
  placeOf(rows: KeyedRows, slot: number, batch: RecordBatch, number: number): number {
    const count = rows.counts[slot] ?? 0;
    if (this.#isBounded && count >= this.#to) {
      // Most rows of a long stream are not among the best: one comparison settles them.
      const last = rows.lists[(rows.starts[slot] ?? 0) + count - 1] ?? 0;
      if (this.#order.compare(rows, last, batch, number) <= 0) return -1;
    }
    return this.#firstFrom(rows, slot, batch, number, 1);
  }

  /** Whether the list of a partition has one row more than can matter. */
  isTooLong(count: number): boolean {
    return this.#isBounded && count > this.#to;
  }

  /** Where the first to come of the rows is that equal row `number`, all of whose columns are bound; -1 for one that is not there (forgotten by then). */
  find(rows: KeyedRows, slot: number, batch: RecordBatch, number: number): number {
    const count = rows.counts[slot] ?? 0;
    const start = rows.starts[slot] ?? 0;
    for (let at = this.#firstFrom(rows, slot, batch, number, 0); at < count; at++) {
      const held = rows.lists[start + at] ?? 0;
      if (this.#order.compare(rows, held, batch, number) !== 0) return -1;
      if (rows.equals(held, number)) return at;
    }
    return -1;
  }

  /** Whether a row that comes or goes at `place` changes who is at the places asked for. */
  concerns(place: number): boolean {
    return place < this.#to;
  }

  /** The rows at the places asked for, by id. */
  places(rows: KeyedRows, slot: number): Int32Array {
    const start = rows.starts[slot] ?? 0;
    const count = Math.max(0, rows.counts[slot] ?? 0);
    return rows.lists.slice(start + Math.min(count, this.#from - 1), start + Math.min(count, this.#to));
  }

  /** The first place whose row compares with row `number` as `bound` (0: equal, 1: after it) or above. */
  #firstFrom(rows: KeyedRows, slot: number, batch: RecordBatch, number: number, bound: 0 | 1): number {
    const { lists } = rows;
    const start = rows.starts[slot] ?? 0;
    let low = 0;
    let high = Math.max(0, rows.counts[slot] ?? 0);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order.compare(rows, lists[start + middle] ?? 0, batch, number) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
