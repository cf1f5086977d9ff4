import { columnKindOf, isNullAt, type RecordBatch } from '@millrace/batch';
import type { KeyedRows } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { SortColumn } from '@millrace/plan';
import { unsupported } from '../expression/scope.ts';

/** The order that ORDER BY asks for between remembered rows and those of a batch. */
export class RememberedOrder {
  /** To be bound (`KeyedRows.bind`) before rows are compared. */
  readonly columns: readonly number[];
  readonly #order: readonly SortColumn[];

  /** Throws `expression.unsupported` for ARRAY, MAP and ROW sort columns. */
  constructor(order: readonly SortColumn[], input: Schema) {
    this.#order = order;
    this.columns = [...new Set(order.map(({ column }) => column))];
    for (const column of this.columns) {
      const type = input.fields[column]?.type;
      if (type === undefined) throw new Error(`the sort column ${column} does not exist`);
      if (columnKindOf(type) === 'object') throw unsupported('ORDER BY', type);
    }
  }

  /** How a remembered row compares with row `number` of the bound batch: 0 when they tie. */
  compare(rows: KeyedRows, id: number, batch: RecordBatch, number: number): number {
    for (const { column, descending, nullsLast } of this.#order) {
      const given = batch.columns[column];
      const isNull = given !== undefined && isNullAt(given, number);
      if (isNull || rows.isNull(column, id)) {
        if (isNull && rows.isNull(column, id)) continue;
        return isNull === nullsLast ? -1 : 1;
      }
      const found = rows.compare(column, id, number);
      if (found !== 0) return descending ? -found : found;
    }
    return 0;
  }
}
