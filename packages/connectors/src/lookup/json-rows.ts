import { type RecordBatch, type Value, valueAt } from '@millrace/batch';
import { type Schema, StreamError } from '@millrace/model';
import type { DecodeFailure } from '../formats/format.ts';
import { JsonDecoder } from '../formats/json-decoder.ts';
import { skipSpace, skipValue } from '../formats/json-scan.ts';

const [OPEN, CLOSE, COMMA] = [0x5b, 0x5d, 0x2c];

/**
 * The rows in the JSON that an outside table keeps or answers for one key: one object, or an array of them. A column of the key that an object leaves
 * out has the value that was asked for; an object with another value there is no row of this key.
 */
export class JsonRows {
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #isArray: boolean;
  readonly #errorCode: string;
  readonly #decoder: JsonDecoder;

  /** `errorCode`: of JSON that is no row, `<area>.<reason>`. */
  constructor(
    schema: Schema,
    keys: readonly number[],
    { isArray, errorCode }: { readonly isArray: boolean; readonly errorCode: string },
  ) {
    this.#schema = schema;
    this.#keys = keys;
    this.#isArray = isArray;
    this.#errorCode = errorCode;
    const fields = schema.fields.map((field, at) =>
      keys.includes(at) ? { ...field, type: { ...field.type, nullable: true } } : field,
    );
    this.#decoder = new JsonDecoder(fields, { failOnMissingField: false });
  }

  /** `key` has one value per key column; `place` is who says so, for a message. */
  read(bytes: Uint8Array, key: readonly Value[], place: string): readonly (readonly Value[])[] {
    const from = skipSpace(bytes, 0, bytes.length);
    if (from >= bytes.length || isNull(bytes, from)) return [];
    if (!this.#isArray) this.#add(bytes, from, bytes.length, place);
    else this.#addAll(bytes, from, place);
    const { rows } = this.#decoder;
    const batch: RecordBatch = { schema: this.#schema, rows, columns: this.#decoder.finish(), selection: undefined };
    return Array.from({ length: rows }, (_, row) => this.#rowOf(batch, row, key)).filter((row) => row !== undefined);
  }

  #add(bytes: Uint8Array, from: number, to: number, place: string): void {
    const failure = this.#decoder.decode(bytes, from, to);
    if (failure !== undefined) {
      this.#decoder.finish();
      throw this.#unreadable(failure, place);
    }
    this.#decoder.accept();
  }

  #addAll(bytes: Uint8Array, from: number, place: string): void {
    const bad = (message: string) => {
      this.#decoder.finish();
      return this.#unreadable({ code: 'json.malformed', message }, place);
    };
    if (bytes[from] !== OPEN) throw bad('it is no array');
    let at = skipSpace(bytes, from + 1, bytes.length);
    while (bytes[at] !== CLOSE) {
      const end = skipValue(bytes, at, bytes.length);
      if (end < 0) throw bad('it is no JSON');
      this.#add(bytes, at, end, place);
      at = skipSpace(bytes, end, bytes.length);
      if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, bytes.length);
      else if (bytes[at] !== CLOSE) throw bad('it is no JSON');
    }
  }

  /** What the JSON holds stays in the detail. */
  #unreadable({ code, message }: DecodeFailure, place: string): StreamError {
    const shape = this.#isArray ? 'an array of rows' : 'a row';
    const what = `${place} gives what is not ${shape} of the table (${code}): declare the columns as they are there`;
    return new StreamError(this.#errorCode, what, { domain: 'external', retry: 'never', detail: message });
  }

  #rowOf(batch: RecordBatch, number: number, key: readonly Value[]): readonly Value[] | undefined {
    const row = this.#schema.fields.map(({ type }, at) => {
      const column = batch.columns[at];
      return column === undefined ? null : valueAt(column, type, number);
    });
    for (const [at, index] of this.#keys.entries()) {
      const asked = key[at] ?? null;
      if (row[index] === null) row[index] = asked;
      else if (!isSame(row[index] ?? null, asked)) return undefined;
    }
    return row;
  }
}

function isNull(bytes: Uint8Array, from: number): boolean {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from)
      .toString('latin1')
      .trim() === 'null'
  );
}

function isSame(a: Value, b: Value): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a === b;
}
