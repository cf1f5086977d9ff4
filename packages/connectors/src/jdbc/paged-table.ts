import type { RecordBatch } from '@millrace/batch';
import type { ReaderContext } from '@millrace/contracts';
import type { TablePosition } from './partition.ts';

/** A table or view that is read page by page: what differs from one database to the next. */
export interface PagedTable {
  /** Rejects with a `StreamError` when the table is missing or does not fit the columns wanted; soon when `signal` aborts. */
  inspect(signal: AbortSignal): Promise<void>;
  open(context: ReaderContext): TablePages;
}

/** One reader's connection to the table. */
export interface TablePages {
  /**
   * The first `rowsMax` rows behind `position`, by a statement of its own, so that no transaction stays open while the job is held up. Rejects with a
   * `StreamError` that names the table; soon when `signal` aborts.
   */
  next(position: TablePosition, rowsMax: number, signal: AbortSignal): Promise<TablePage>;
  close(): Promise<void>;
}

export interface TablePage {
  /** The columns wanted. Fewer rows than asked for: the table ends here. */
  readonly rows: RecordBatch;
  /** As the server sent them. */
  readonly bytes: number;
  /** Behind the last row. */
  readonly position: TablePosition;
}
