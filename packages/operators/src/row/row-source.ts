import { type Column, gatherColumn, type RecordBatch } from '@millrace/batch';

/** Where rows lie that are put together into new ones: a batch, or remembered rows (`KeyedRows`). */
export interface RowSource {
  /** The values of one column at `rows`, dense; NULL where a row is -1. */
  gather(column: number, rows: Int32Array): Column;
}

export class BatchRows implements RowSource {
  readonly #batch: RecordBatch;

  constructor(batch: RecordBatch) {
    this.#batch = batch;
  }

  gather(column: number, rows: Int32Array): Column {
    const held = this.#batch.columns[column];
    if (held === undefined) throw new Error(`the batch has no column ${column}`);
    if (!rows.includes(-1)) return gatherColumn(held, rows);
    const found = gatherColumn(
      held,
      rows.map((row) => Math.max(row, 0)),
    );
    return withNulls(
      found,
      rows.map((row, at) => (row < 0 ? 1 : (found.nulls?.[at] ?? 0))),
    );
  }
}

/** The row numbers themselves, as a BIGINT. */
export const ROW_NUMBERS: RowSource = {
  gather: (_column, rows) => ({ kind: 'int64', values: Float64Array.from(rows), wide: undefined, nulls: undefined }),
};

function withNulls(column: Column, flags: Int32Array): Column {
  const nulls = Uint8Array.from(flags);
  if (column.kind !== 'string') return { ...column, nulls };
  return column.gather(
    Int32Array.from(flags, (_, at) => at),
    nulls,
  );
}
