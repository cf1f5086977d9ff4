import { isUtf8 } from 'node:buffer';
import { type Column, columnKindOf } from '@millrace/batch';
import { type Field, formatDataType } from '@millrace/model';
import type { RowSlots } from '@millrace/operators';
import { invalidOption } from '../option/option-values.ts';
import { ColumnStore } from './column-store.ts';
import { csvDecoderCode } from './csv-decoder-code.ts';
import type { CsvDialect } from './csv-dialect.ts';
import { type CsvField, readField, unescapeField } from './csv-scan.ts';
import type { DecodeFailure, Decoder } from './format.ts';
import { integerOfText, numberOfText } from './json-scalar.ts';
import { parseDate, parseTimestamp, ticksBehindMs } from './time-text.ts';

type Decode = (store: ColumnStore, bytes: Uint8Array, start: number, end: number, help: SlowPaths) => number;

/**
 * One CSV record into columns (Flink's `csv` format): values by position, as many as the table has columns.
 * Blanks around anything but text are dropped, an empty field is NULL in every column that is no text, BYTES
 * are base64. A record may end with its line break.
 */
export class CsvDecoder implements Decoder {
  readonly fields: readonly Field[];
  readonly #store: ColumnStore;
  readonly #decode: Decode;
  readonly #slow: SlowPaths;

  /** `columns`: the names of all columns of a record, in order; `fields` are some of them. */
  constructor(fields: readonly Field[], columns: readonly string[], dialect: CsvDialect) {
    for (const field of fields) checkCsvField(field);
    this.fields = fields;
    this.#store = new ColumnStore(fields);
    this.#slow = new SlowPaths(this.#store, dialect, columns.length);
    const wanted = columns.map((name) => fields.findIndex((field) => field.name === name));
    this.#decode = compile(csvDecoderCode(fields, wanted, dialect));
  }

  get rows(): number {
    return this.#store.rows;
  }

  get slots(): RowSlots {
    return this.#store;
  }

  decode(bytes: Uint8Array, start: number, end: number): DecodeFailure | undefined {
    this.#store.begin(bytes);
    if (start < 0) return { code: 'csv.missing', message: 'the record is NULL' };
    this.#slow.begin(start);
    const result = this.#decode(this.#store, bytes, start, contentEnd(bytes, start, end), this.#slow);
    return result === 0 ? undefined : this.#slow.failure;
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

/** Refuses columns the format cannot hold. */
export function checkCsvField(field: Field): void {
  if (columnKindOf(field.type) !== 'object') return;
  const message = `format 'csv' has no form for ${formatDataType(field.type)} (column '${field.name}'); use format 'json', or a STRING column`;
  throw invalidOption('format', message);
}

/** Without the line break: LF or CR LF. */
function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start && bytes[end - 1] === 10 ? end - 1 : end;
  return last > start && bytes[last - 1] === 13 ? last - 1 : last;
}

const compiled = new Map<string, Decode>();
const COMPILED_MAX = 256;

/** Generated functions are kept by their text, as the JSON decoder's are. */
function compile(code: string): Decode {
  const known = compiled.get(code);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  const made = new Function(code)() as Decode;
  compiled.set(code, made);
  return made;
}

const latin = new TextDecoder('latin1');

/** What generated code calls when a field is not of the common form. One per decoder. */
class SlowPaths {
  readonly powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
  readonly parseTimestamp = parseTimestamp;
  readonly parseDate = parseDate;
  readonly ticksBehindMs = ticksBehindMs;
  failure: DecodeFailure | undefined;
  readonly #store: ColumnStore;
  readonly #dialect: CsvDialect;
  readonly #columns: number;
  readonly #field: CsvField = { start: 0, end: 0, next: 0, quoted: false, plain: true };
  #start = 0;

  constructor(store: ColumnStore, dialect: CsvDialect, columns: number) {
    this.#store = store;
    this.#dialect = dialect;
    this.#columns = columns;
  }

  begin(start: number): void {
    this.#start = start;
    this.failure = undefined;
  }

  isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
    return isUtf8(bytes.subarray(start, end));
  }

  /** The position behind a field nobody asked for. */
  skip(bytes: Uint8Array, start: number, end: number): number {
    const bad = readField(bytes, start, end, this.#dialect, this.#field);
    return bad < 0 ? this.#misquoted(-1 - bad) : this.#field.next;
  }

  /** Puts the field into its slot in the careful way; the position behind it, or negative. */
  slow(bytes: Uint8Array, index: number, row: number, start: number, end: number): number {
    const slice = this.#field;
    const bad = readField(bytes, start, end, this.#dialect, slice);
    if (bad < 0) return this.#misquoted(-1 - bad);
    const field = this.#store.fields[index];
    if (field === undefined) return slice.next;
    const content = slice.plain ? bytes.subarray(slice.start, slice.end) : unescapeField(bytes, slice, this.#dialect);
    if (!isUtf8(content)) return this.#mistyped(field, content, start);
    if (!slice.quoted && this.#isNull(field, content)) {
      if (!field.type.nullable) return this.#fail('csv.missing', `field ${field.name}: NULL in a NOT NULL column`);
      this.#store.setNull(index, row);
      return slice.next;
    }
    if (!this.#fill(field, index, row, content)) return this.#mistyped(field, content, start);
    const { [index]: nulls } = this.#store.nulls;
    if (nulls !== undefined) nulls[row] = 0;
    return slice.next;
  }

  tooFew(found: number): number {
    return this.#fail('csv.columns', `${found} fields, ${this.#columns} are expected`);
  }

  tooMany(bytes: Uint8Array, at: number): number {
    const rest = String.fromCharCode(bytes[at] ?? 0);
    return this.#fail('csv.columns', `more than ${this.#columns} fields: '${rest}' at byte ${at - this.#start}`);
  }

  #isNull(field: Field, content: Uint8Array): boolean {
    const { nullLiteral } = this.#dialect;
    if (nullLiteral !== undefined && Buffer.from(content).toString() === nullLiteral) return true;
    return content.length === 0 && field.type.kind !== 'string';
  }

  #fill({ type }: Field, index: number, row: number, content: Uint8Array): boolean {
    if (type.kind === 'string') {
      this.#store.setBytes(index, row, content);
      return true;
    }
    const text = latin.decode(content).trim();
    if (type.kind === 'bytes') {
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false;
      this.#store.setBytes(index, row, Buffer.from(text, 'base64'));
      return true;
    }
    if (columnKindOf(type) === 'int64') {
      const integer = integerOfText(text, type);
      if (integer !== undefined) this.#store.setInteger(index, row, integer);
      return integer !== undefined;
    }
    const number = numberOfText(text, type);
    const values = this.#store.values[index];
    if (number === undefined || values === undefined) return false;
    values[row] = number;
    return true;
  }

  #mistyped(field: Field, content: Uint8Array, start: number): number {
    const shown = isUtf8(content) ? Buffer.from(content.subarray(0, 40)).toString() : 'bytes that are not UTF-8';
    const place = `at byte ${start - this.#start}`;
    return this.#fail(
      'csv.type',
      `field ${field.name}: expected ${formatDataType(field.type)}, found ${shown} ${place}`,
    );
  }

  #misquoted(at: number): number {
    return this.#fail('csv.quote', `a quoted field does not end where the next begins, at byte ${at - this.#start}`);
  }

  #fail(code: string, message: string): number {
    this.failure = { code, message };
    return -1;
  }
}
