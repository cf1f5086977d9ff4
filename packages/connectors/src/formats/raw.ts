import { isUtf8 } from 'node:buffer';
import { type Column, columnKindOf, type RecordBatch } from '@millrace/batch';
import type { Field } from '@millrace/model';
import type { RowSlots } from '@millrace/operators';
import { invalidOption } from '../option/option-values.ts';
import { ColumnStore } from './column-store.ts';
import type { DecodeFailure, Decoder, EncodedRows, Encoder } from './format.ts';

/** Flink's `raw` format: the record is the value of the only column, STRING or BYTES, as it is. */
export class RawDecoder implements Decoder {
  readonly fields: readonly Field[];
  readonly #store: ColumnStore;
  readonly #text: boolean;

  constructor(field: Field) {
    checkRaw(field);
    this.fields = [field];
    this.#store = new ColumnStore(this.fields);
    this.#text = field.type.kind === 'string';
  }

  get rows(): number {
    return this.#store.rows;
  }

  get slots(): RowSlots {
    return this.#store;
  }

  decode(bytes: Uint8Array, start: number, end: number): DecodeFailure | undefined {
    const store = this.#store;
    store.begin(bytes);
    const row = store.rows;
    const [starts] = store.starts;
    const [ends] = store.ends;
    const [field] = this.fields;
    if (starts === undefined || ends === undefined || field === undefined) return undefined;
    if (start < 0) {
      if (!field.type.nullable) return { code: 'raw.null', message: `field ${field.name}: NULL in a NOT NULL column` };
      starts[row] = 0;
      ends[row] = 0;
      store.setNull(0, row);
      return undefined;
    }
    if (this.#text && !isUtf8(bytes.subarray(start, end))) {
      return { code: 'raw.encoding', message: `field ${field.name}: the record is not UTF-8 text` };
    }
    starts[row] = store.copying ? store.copy(bytes, start, end) : start;
    ends[row] = (starts[row] ?? 0) + end - start;
    const [nulls] = store.nulls;
    if (nulls !== undefined) nulls[row] = 0;
    return undefined;
  }

  decodeNothing(bytes: Uint8Array): void {
    this.#store.beginNothing(bytes);
  }

  accept(): void {
    this.#store.accept();
  }

  finish(): readonly Column[] {
    return this.#store.finish();
  }
}

/** A record nobody reads a column of: it counts, whatever it holds. */
export class UnreadDecoder implements Decoder {
  readonly fields: readonly Field[] = [];
  readonly slots: RowSlots = new ColumnStore([]);
  rows = 0;

  decode(): undefined {
    return undefined;
  }

  decodeNothing(): void {}

  accept(): void {
    this.rows++;
  }

  finish(): readonly Column[] {
    this.rows = 0;
    return [];
  }
}

/** The mirror of {@link RawDecoder}: hands out the column's own bytes. */
export class RawEncoder implements Encoder {
  readonly #column: number;
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  constructor(field: Field, column: number) {
    checkRaw(field);
    this.#column = column;
  }

  encode(batch: RecordBatch): EncodedRows {
    const column = batch.columns[this.#column];
    const count = batch.selection?.length ?? batch.rows;
    if (this.#starts.length < count) {
      this.#starts = new Int32Array(count);
      this.#ends = new Int32Array(count);
    }
    const slices = column?.kind === 'string' ? column.utf8() : column?.kind === 'bytes' ? column : undefined;
    for (let index = 0; index < count; index++) {
      const row = batch.selection?.[index] ?? index;
      const isNull = slices === undefined || column?.nulls?.[row] === 1;
      this.#starts[index] = isNull ? -1 : (slices.starts[row] ?? 0);
      this.#ends[index] = isNull ? -1 : (slices.ends[row] ?? 0);
    }
    return { bytes: slices?.bytes ?? new Uint8Array(0), starts: this.#starts, ends: this.#ends, count };
  }
}

function checkRaw(field: Field): void {
  const kind = columnKindOf(field.type);
  if (kind === 'string' || kind === 'bytes') return;
  throw invalidOption('format', `format 'raw' needs a STRING or BYTES column; '${field.name}' is another type`);
}
