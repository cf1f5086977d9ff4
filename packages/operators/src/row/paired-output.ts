import { CHANGE, type Column, type RecordBatch } from '@millrace/batch';
import type { Collector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import type { RowSource } from './row-source.ts';

/** Rows per emitted batch: enough to be cheap, little enough for the credit of a channel. */
const EMITTED_ROWS_MAX = 1024;
/** One more, where a batch would end on the row that its last change replaces: both are always in one batch. */
const ROOM = EMITTED_ROWS_MAX + 1;

/**
 * Rows on their way out, put together from two sources: the columns of a row of the first, then those of a row of the second; -1 is a row of
 * NULLs. Only numbers are held until a batch is full, which then leaves by itself, so what they name stays in its place until `flush`.
 */
export class PairedOutput {
  readonly #schema: Schema;
  readonly #firstWidth: number;
  readonly #first = new Int32Array(ROOM);
  readonly #second = new Int32Array(ROOM);
  readonly #changes = new Uint8Array(ROOM);
  #sources: readonly [RowSource, RowSource] | undefined;
  #rows = 0;
  #isChangelog = 0;

  /** `firstWidth`: how many columns come from the first source. */
  constructor(schema: Schema, firstWidth: number) {
    this.#schema = schema;
    this.#firstWidth = firstWidth;
  }

  /** Where the rows added from now on lie. Nothing is held from before. */
  begin(first: RowSource, second: RowSource): void {
    if (this.#rows > 0) throw new Error('rows of other sources are still held');
    this.#sources = [first, second];
  }

  add(change: number, first: number, second: number, out: Collector): void {
    const at = this.#rows++;
    this.#changes[at] = change;
    this.#isChangelog |= change;
    this.#first[at] = first;
    this.#second[at] = second;
    const isOpen = change === CHANGE.updateBefore && this.#rows < ROOM;
    if (this.#rows >= EMITTED_ROWS_MAX && !isOpen) this.flush(out);
  }

  /** Whoever adds calls it before its call from the engine ends. */
  flush(out: Collector): void {
    const rows = this.#rows;
    const sources = this.#sources;
    if (rows === 0 || sources === undefined) return;
    const firsts = this.#first.subarray(0, rows);
    const seconds = this.#second.subarray(0, rows);
    const columns = this.#schema.fields.map((_, at): Column => {
      const isFirst = at < this.#firstWidth;
      return isFirst ? sources[0].gather(at, firsts) : sources[1].gather(at - this.#firstWidth, seconds);
    });
    const batch: RecordBatch = { schema: this.#schema, rows, columns, selection: undefined };
    const changelog = this.#isChangelog !== 0 ? { ...batch, changes: this.#changes.slice(0, rows) } : batch;
    this.#rows = 0;
    this.#isChangelog = 0;
    out.emit(changelog);
  }
}
