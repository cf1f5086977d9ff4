import type { Column, RecordBatch } from '@millrace/batch';
import type { Collector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { columnOfRows, type StoredRow } from './stored-row.ts';

/** Rows per emitted batch: enough to be cheap, little enough for the credit of a channel. */
const EMITTED_ROWS_MAX = 1024;

/**
 * Stored rows on their way out: the columns of a first row, then those of a second; one that is missing is all NULL. Full batches leave
 * by themselves; whoever adds calls `flush` before its call from the engine ends, so nothing is held between calls.
 */
export class RowOutput {
  readonly #schema: Schema;
  readonly #firstWidth: number;
  #first: (StoredRow | undefined)[] = [];
  #second: (StoredRow | undefined)[] = [];
  #changes: Uint8Array = new Uint8Array(EMITTED_ROWS_MAX);
  #isChangelog = 0;

  /** `firstWidth`: how many columns come from the first row. */
  constructor(schema: Schema, firstWidth: number) {
    this.#schema = schema;
    this.#firstWidth = firstWidth;
  }

  add(change: number, first: StoredRow | undefined, second: StoredRow | undefined, out: Collector): void {
    this.#changes[this.#first.length] = change;
    this.#isChangelog |= change;
    this.#first.push(first);
    this.#second.push(second);
    if (this.#first.length === EMITTED_ROWS_MAX) this.flush(out);
  }

  flush(out: Collector): void {
    const rows = this.#first.length;
    if (rows === 0) return;
    const columns = this.#schema.fields.map(({ type }, at): Column => {
      const isFirst = at < this.#firstWidth;
      return columnOfRows(isFirst ? this.#first : this.#second, isFirst ? at : at - this.#firstWidth, type);
    });
    const batch: RecordBatch = { schema: this.#schema, rows, columns, selection: undefined };
    const changelog = this.#isChangelog !== 0 ? { ...batch, changes: this.#changes.slice(0, rows) } : batch;
    this.#first = [];
    this.#second = [];
    this.#isChangelog = 0;
    out.emit(changelog);
  }
}
