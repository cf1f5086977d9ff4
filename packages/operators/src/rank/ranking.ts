import type { Schema } from '@millrace/model';
import type { RankNode } from '@millrace/plan';
import { type RowOrder, rowOrder } from '../row/row-order.ts';
import { type StoredRow, sameRow } from '../row/stored-row.ts';

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
    this.#isBounded = node.insertOnly === true || node.windowEnd !== undefined;
  }

  /** Columns that `placeOf` looks at. */
  get sortColumns(): readonly number[] {
    return this.#sortColumns;
  }

  /** Where a new row goes, of which only the sort columns need be there; undefined when it can never come to a place asked for. */
  placeOf(rows: readonly StoredRow[], row: StoredRow): number | undefined {
    const last = rows.at(-1);
    // Most rows of a long stream are not among the best: one comparison settles them.
    if (this.#isBounded && rows.length >= this.#to && last !== undefined && this.#order(row, last) >= 0)
      return undefined;
    return this.#firstFrom(rows, row, 1);
  }

  insert(rows: StoredRow[], place: number, row: StoredRow): void {
    if (place === rows.length) rows.push(row);
    else rows.splice(place, 0, row);
    if (this.#isBounded && rows.length > this.#to) rows.pop();
  }

  /** Where the first to come of equal rows is; undefined for a row that is not there (forgotten by then). */
  find(rows: readonly StoredRow[], row: StoredRow): number | undefined {
    for (let at = this.#firstFrom(rows, row, 0); at < rows.length; at++) {
      const held = rows[at];
      if (held === undefined || this.#order(held, row) !== 0) return undefined;
      if (sameRow(held, row)) return at;
    }
    return undefined;
  }

  /** Whether a row that comes or goes at `place` changes who is at the places asked for. */
  concerns(place: number): boolean {
    return place < this.#to;
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
