import { type RecordBatch, rowNumbers } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { type RowOrder, rowOrder } from '../row/row-order.ts';
import { fillRow, partialRows, type StoredRow, sameRow } from '../row/stored-row.ts';

/** A row of the current batch: its sort columns are there, the rest is read when it is worth it. */
export interface Ranked {
  readonly row: StoredRow;
  /** Reads the remaining columns; the same row, whole. */
  complete(): StoredRow;
}

/** The order of a Top-N and the places it looks at. Rows of a partition lie best first; ties in order of arrival. Pure but for the rows given. */
export class Ranking {
  readonly #order: RowOrder;
  readonly #sortColumns: readonly number[];
  readonly #from: number;
  readonly #to: number;
  readonly #isBounded: boolean;

  constructor(node: RankNode, input: Schema) {
    this.#order = rowOrder(node.order, input);
    this.#sortColumns = [...new Set(node.order.map(({ column }) => column))];
    this.#from = node.from;
    this.#to = node.to;
    // A window's rows are INSERTs; so no row below the last place can come back.
    this.#isBounded = node.insertsOnly === true || node.windowEnd !== undefined;
  }

  /** Visits the selected rows of a batch: place in the selection, row number, row. */
  forEach(batch: RecordBatch, visit: (at: number, number: number, ranked: Ranked) => void): void {
    const numbers = batch.selection ?? rowNumbers(batch.rows);
    const rows = partialRows(batch, this.#sortColumns);
    for (const [at, row] of rows.entries()) {
      const number = numbers[at] ?? 0;
      visit(at, number, { row, complete: () => fillRow(batch, number, row) });
    }
  }

  insert(rows: StoredRow[], ranked: Ranked): void {
    const last = rows.at(-1);
    const isFull = this.#isBounded && rows.length >= this.#to;
    if (isFull && last !== undefined && this.#order(ranked.row, last) >= 0) return;
    rows.splice(this.#firstFrom(rows, ranked.row, 1), 0, ranked.complete());
    if (isFull) rows.pop();
  }

  /** Takes out the first to come of equal rows. One that is not there (forgotten by then) is no matter. */
  remove(rows: StoredRow[], ranked: Ranked): void {
    const row = ranked.complete();
    for (let at = this.#firstFrom(rows, row, 0); at < rows.length; at++) {
      const held = rows[at];
      if (held === undefined || this.#order(held, row) !== 0) return;
      if (!sameRow(held, row)) continue;
      rows.splice(at, 1);
      return;
    }
  }

  /** The rows at the places asked for. */
  places(rows: readonly StoredRow[]): readonly StoredRow[] {
    return rows.slice(this.#from - 1, this.#to);
  }

  /** The first place whose row compares with `row` as `bound` (0: equal, 1: after it) or above. */
  #firstFrom(rows: readonly StoredRow[], row: StoredRow, bound: 0 | 1): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const held = rows[middle];
      if (held !== undefined && this.#order(held, row) < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
