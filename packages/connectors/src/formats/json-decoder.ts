import { isUtf8 } from 'node:buffer';
import type { Column } from '@millrace/batch';
import { type Field, formatDataType } from '@millrace/model';
import type { RowSlots } from '@millrace/operators';
import { ColumnStore } from './column-store.ts';
import type { DecodeFailure, Decoder, RecordSlices } from './format.ts';
import { convert, typeMessage } from './json-convert.ts';
import { decoderCode, runDecoderCode } from './json-decoder-code.ts';
import { skipString, skipValue, unescapeString } from './json-scan.ts';
import { StringMarks } from './string-marks.ts';
import { parseDate, parseTimestamp, ticksBehindMs } from './time-text.ts';

export interface JsonDecoderOptions {
  /** A field that is absent rejects the record (Flink's `json.fail-on-missing-field`); otherwise it is NULL. */
  readonly failOnMissingField: boolean;
}

type Decode = (store: ColumnStore, bytes: Uint8Array, start: number, end: number, help: SlowPaths) => number;
type DecodeRun = (
  store: ColumnStore,
  bytes: Uint8Array,
  from: number,
  to: number,
  help: SlowPaths,
  marks: StringMarks,
  starts: Int32Array,
  ends: Int32Array,
  leavesOut: (() => boolean) | undefined,
) => number;

/**
 * One JSON object per record into columns, without an object per record. Any order of fields, any white
 * space, unknown fields skipped, the last of duplicates wins. Numbers keep every digit; numbers in quotes
 * are accepted, as in Flink. Throughput: `bench.ts`.
 */
export class JsonDecoder implements Decoder {
  readonly fields: readonly Field[];
  readonly #store: ColumnStore;
  readonly #decode: Decode;
  readonly #decodeRun: DecodeRun;
  readonly #marks = StringMarks.create();
  readonly #slow: SlowPaths;

  constructor(fields: readonly Field[], options: JsonDecoderOptions) {
    this.fields = fields;
    this.#store = new ColumnStore(fields);
    this.#slow = new SlowPaths(this.#store);
    this.#decode = compile<Decode>(decoderCode(fields, options.failOnMissingField));
    this.#decodeRun = compile<DecodeRun>(runDecoderCode(fields, options.failOnMissingField));
  }

  get rows(): number {
    return this.#store.rows;
  }

  get slots(): RowSlots {
    return this.#store;
  }

  decode(bytes: Uint8Array, start: number, end: number): DecodeFailure | undefined {
    this.#store.begin(bytes);
    this.#slow.begin(start);
    if (start < 0) return this.#slow.nothing();
    const result = this.#decode(this.#store, bytes, start, end, this.#slow);
    return result === 0 ? undefined : (this.#slow.failure ?? malformed(bytes, start, end, -1 - result));
  }

  decodeRun(
    bytes: Uint8Array,
    { starts, ends, from, to }: RecordSlices,
    leavesOut: (() => boolean) | undefined,
  ): number {
    const marks = this.#marks;
    const first = starts[from] ?? -1;
    const isMarked = marks?.covers(bytes, first, ends[to - 1] ?? 0) === true;
    if (marks === undefined || first < 0 || !isMarked) return from;
    this.#store.beginRun(bytes, to - from);
    return this.#decodeRun(this.#store, bytes, from, to, this.#slow, marks, starts, ends, leavesOut);
  }

  prepare(bytes: Uint8Array, start: number, end: number): void {
    this.#marks?.mark(bytes, start, end);
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

const compiled = new Map<string, unknown>();
const COMPILED_MAX = 256;

/** Generated functions are kept by schema: the same table is read by many subtasks and restarts. */
function compile<F>(code: string): F {
  const known = compiled.get(code);
  if (known !== undefined) return known as F;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  // The text is made by json-decoder-code.ts alone: numbers and fixed fragments, no part of a name or a value.
  const made = new Function(code)() as F;
  compiled.set(code, made);
  return made;
}

function malformed(bytes: Uint8Array, start: number, end: number, at: number): DecodeFailure {
  const place = Math.min(at, end) - start;
  const found = at >= end ? 'the record ends' : `found ${shown(bytes[at] ?? 0)}`;
  return { code: 'json.malformed', message: `not a JSON object: ${found} at byte ${place}` };
}

function shown(byte: number): string {
  return byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

/** What generated code calls when a value is not of the common form. One per decoder. */
class SlowPaths {
  readonly powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
  readonly skipValue = skipValue;
  readonly skipString = skipString;
  readonly parseTimestamp = parseTimestamp;
  readonly parseDate = parseDate;
  readonly ticksBehindMs = ticksBehindMs;
  /** After `slow`: the position behind the value. */
  position = 0;
  failure: DecodeFailure | undefined;
  readonly #store: ColumnStore;
  readonly #names: ReadonlyMap<string, number>;
  #start = 0;

  constructor(store: ColumnStore) {
    this.#store = store;
    this.#names = new Map(store.fields.map((field, index) => [field.name, index]));
  }

  begin(start: number): void {
    this.#start = start;
    this.failure = undefined;
  }

  isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
    return isUtf8(bytes.subarray(start, end));
  }

  /** The wanted field an escaped key names, or -1. */
  slowKey(bytes: Uint8Array, start: number, end: number): number {
    const name = unescapeString(bytes, start, end);
    return name === undefined ? -1 : (this.#names.get(new TextDecoder().decode(name)) ?? -1);
  }

  /** 1 after a value, 2 after a NULL, negative when the record is bad. */
  slow(bytes: Uint8Array, field: number, row: number, start: number, end: number): number {
    const valueEnd = skipValue(bytes, start, end);
    if (valueEnd < 0) return valueEnd;
    this.position = valueEnd;
    const converted = convert(this.#store, field, row, bytes, start, valueEnd);
    if (converted === 'value') return 1;
    if (converted === 'null') return 2;
    const { [field]: described } = this.#store.fields;
    if (described !== undefined) {
      this.failure = { code: 'json.type', message: typeMessage(described, bytes, start, end, this.#start) };
    }
    return -1 - start;
  }

  /** A null record: every field is NULL, where it may be. */
  nothing(): DecodeFailure | undefined {
    for (const [index, field] of this.#store.fields.entries()) {
      if (!field.type.nullable) this.missing(index);
      this.#store.setNull(index, this.#store.rows);
    }
    return this.failure;
  }

  missing(field: number): number {
    const described = this.#store.fields[field];
    const type = described === undefined ? '' : formatDataType(described.type);
    const message = `field ${described?.name ?? field}: missing or NULL, ${type} is wanted`;
    this.failure = { code: 'json.missing', message };
    return -1;
  }
}
