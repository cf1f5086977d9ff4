import type { Nulls } from './column.ts';

const encoder = new TextEncoder();
/** A byte order mark is a character like any other: a value that starts with one keeps it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Row i is `bytes[starts[i] .. ends[i])`. */
export interface Utf8Slices {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * A STRING column that is UTF-8 slices, JavaScript strings, or both. Decoders hand over slices into the
 * record batch they read (no copy); functions such as UPPER hand over strings. Each form is made from
 * the other only when somebody asks: a filter on another column never decodes a string.
 *
 * Slices keep the buffer they point into alive: state that outlives the batch copies them.
 */
export class StringColumn {
  readonly kind = 'string';
  readonly nulls: Nulls;
  readonly #rows: number;
  #utf8: Utf8Slices | undefined;
  #strings: (string | undefined)[] | undefined;

  private constructor(
    rows: number,
    nulls: Nulls,
    utf8: Utf8Slices | undefined,
    strings: (string | undefined)[] | undefined,
  ) {
    this.#rows = rows;
    this.nulls = nulls;
    this.#utf8 = utf8;
    this.#strings = strings;
  }

  static fromUtf8(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, rows: number, nulls: Nulls): StringColumn {
    return new StringColumn(rows, nulls, { bytes, starts, ends }, undefined);
  }

  /** `undefined` at NULL rows. */
  static fromStrings(strings: (string | undefined)[], nulls: Nulls): StringColumn {
    return new StringColumn(strings.length, nulls, undefined, strings);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether `utf8()` costs nothing: byte-wise comparisons are worth it then. */
  get hasUtf8(): boolean {
    return this.#utf8 !== undefined;
  }

  /** The string at `row`; undefined behaviour for NULL rows: ask `nulls` first. */
  get(row: number): string {
    this.#strings ??= new Array<string | undefined>(this.#rows);
    const known = this.#strings[row];
    if (known !== undefined || this.#utf8 === undefined) return known ?? '';
    const text = utf8Text(this.#utf8.bytes, this.#utf8.starts[row] ?? 0, this.#utf8.ends[row] ?? 0);
    this.#strings[row] = text;
    return text;
  }

  /** The UTF-8 form; encodes all rows on first call when the column was made from strings. */
  utf8(): Utf8Slices {
    this.#utf8 ??= encodeAll(this.#strings ?? [], this.#rows);
    return this.#utf8;
  }

  /** The values at `rows`, in that order, in the forms this column already has; slices share the buffer. */
  gather(rows: Int32Array, nulls: Nulls): StringColumn {
    const from = this.#utf8;
    const strings = this.#strings;
    if (from === undefined) {
      return StringColumn.fromStrings(
        Array.from(rows, (row) => strings?.[row]),
        nulls,
      );
    }
    const starts = new Int32Array(rows.length);
    const ends = new Int32Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0;
      starts[at] = from.starts[row] ?? 0;
      ends[at] = from.ends[row] ?? 0;
    }
    return StringColumn.fromUtf8(from.bytes, starts, ends, rows.length, nulls);
  }
}

/** The text of `bytes[start, end)`. Short ASCII, the common case for keys and codes, is faster by hand than through TextDecoder. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 24) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function encodeAll(strings: readonly (string | undefined)[], rows: number): Utf8Slices {
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  let bytes = new Uint8Array(Math.max(64, rows * 16));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const text = strings[row] ?? '';
    // A UTF-16 unit takes at most three bytes of UTF-8.
    if (at + text.length * 3 > bytes.length) {
      const grown = new Uint8Array(Math.max(bytes.length * 2, at + text.length * 3));
      grown.set(bytes.subarray(0, at));
      bytes = grown;
    }
    starts[row] = at;
    at = encodeAt(text, bytes, at);
    ends[row] = at;
  }
  return { bytes, starts, ends };
}

/** ASCII by hand, as in decoding; anything else through TextEncoder. Returns the end. */
function encodeAt(text: string, bytes: Uint8Array, start: number): number {
  if (text.length <= 24) {
    let at = start;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 127) return start + encoder.encodeInto(text, bytes.subarray(start)).written;
      bytes[at++] = unit;
    }
    return at;
  }
  return start + encoder.encodeInto(text, bytes.subarray(start)).written;
}
