import { CHANGE, type RecordBatch } from '@millrace/batch';
import type { Schema } from '@millrace/model';
import { withoutReplaced } from '../changes.ts';
import { JsonEncoder } from '../formats/json-encoder.ts';

const text = new TextDecoder();
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** Rows as a JSON array, cut into chunks of a bounded number of rows and bytes. */
export interface RowChunk {
  readonly json: string;
  readonly rows: number;
}

/** Collects rows until there are enough for a statement. */
export class RowBuffer {
  readonly #encoder: JsonEncoder;
  readonly #rowsMax: number;
  #parts: string[] = [];
  #bytes = 0;

  constructor(schema: Schema, rowsMax: number) {
    const fields = schema.fields.map(({ type }, index) => ({ name: `c${index}`, type }));
    this.#encoder = new JsonEncoder(
      fields,
      fields.map((_, index) => index),
    );
    this.#rowsMax = rowsMax;
  }

  get rows(): number {
    return this.#parts.length;
  }

  /**
   * Adds the batch's rows; returns the chunks that became full. A row that is about to be replaced is left out: the new one
   * comes with its key. A deleted one carries `"gone":true`.
   */
  add(given: RecordBatch): RowChunk[] {
    const batch = withoutReplaced(given);
    const { bytes, starts, ends, count } = this.#encoder.encode(batch);
    const full: RowChunk[] = [];
    for (let index = 0; index < count; index++) {
      const json = text.decode(bytes.subarray(starts[index], ends[index]));
      const change = batch.changes?.[batch.selection?.[index] ?? index];
      const row = change === CHANGE.delete ? `{"gone":true,${json.slice(1)}` : json;
      this.#parts.push(row);
      this.#bytes += row.length;
      if (this.#parts.length >= this.#rowsMax || this.#bytes >= CHUNK_BYTES_MAX) full.push(...this.take());
    }
    return full;
  }

  /** What is left, as at most one chunk. */
  take(): RowChunk[] {
    if (this.#parts.length === 0) return [];
    const chunk = { json: `[${this.#parts.join(',')}]`, rows: this.#parts.length };
    this.#parts = [];
    this.#bytes = 0;
    return [chunk];
  }
}
