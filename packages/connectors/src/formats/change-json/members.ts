import { skipSpace, skipString, skipValue, unescapeString } from '../json-scan.ts';

const encoder = new TextEncoder();
/** Words up to this long, with their quotes, are put together byte by byte: that is faster than asking a decoder. */
const WORD_BYTES_MAX = 18;

/** Finds some members of JSON objects in bytes, without building anything: of duplicates the last, as everywhere here. */
export class Members {
  readonly names: readonly string[];
  readonly #keys: readonly Uint8Array[];
  /** By place of the name: where its value begins and ends; a start of -1: the object has no such member. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#keys = names.map((name) => encoder.encode(name));
    this.starts = new Int32Array(names.length);
    this.ends = new Int32Array(names.length);
  }

  /** Reads the one object that `bytes[start, end)` is; 0, or -1 - offset of the byte that is wrong. */
  read(bytes: Uint8Array, start: number, end: number): number {
    this.starts.fill(-1);
    let at = skipSpace(bytes, start, end);
    if (at >= end || bytes[at] !== 123) return -1 - at;
    at = skipSpace(bytes, at + 1, end);
    if (at < end && bytes[at] === 125) return this.#nothingBehind(bytes, at + 1, end);
    while (at < end) {
      if (bytes[at] !== 34) return -1 - at;
      const keyEnd = skipString(bytes, at, end);
      if (keyEnd < 0) return keyEnd;
      const member = this.#placeOf(bytes, at + 1, keyEnd - 1);
      at = skipSpace(bytes, keyEnd, end);
      if (at >= end || bytes[at] !== 58) return -1 - at;
      at = skipSpace(bytes, at + 1, end);
      const valueEnd = skipValue(bytes, at, end);
      if (valueEnd < 0) return valueEnd;
      if (member >= 0) {
        this.starts[member] = at;
        this.ends[member] = valueEnd;
      }
      at = skipSpace(bytes, valueEnd, end);
      if (at < end && bytes[at] === 125) return this.#nothingBehind(bytes, at + 1, end);
      if (at >= end || bytes[at] !== 44) return -1 - at;
      at = skipSpace(bytes, at + 1, end);
    }
    return -1 - end;
  }

  /** Whether the member is there and not null. */
  has(bytes: Uint8Array, member: number): boolean {
    const start = this.starts[member] ?? -1;
    return start >= 0 && bytes[start] !== 110;
  }

  /** The member as text: a string without its quotes, anything else as it is written. Undefined when it is not there, null, or no UTF-8. */
  text(bytes: Uint8Array, member: number): string | undefined {
    if (!this.has(bytes, member)) return undefined;
    const start = this.starts[member] ?? 0;
    const end = this.ends[member] ?? 0;
    if (bytes[start] === 34 && end - start <= WORD_BYTES_MAX) {
      const word = plainWord(bytes, start + 1, end - 1);
      if (word !== undefined) return word;
    }
    const content = bytes[start] === 34 ? unescapeString(bytes, start + 1, end - 1) : bytes.subarray(start, end);
    return content === undefined ? undefined : Buffer.from(content).toString('utf8');
  }

  #nothingBehind(bytes: Uint8Array, start: number, end: number): number {
    const at = skipSpace(bytes, start, end);
    return at === end ? 0 : -1 - at;
  }

  #placeOf(bytes: Uint8Array, start: number, end: number): number {
    for (let member = 0; member < this.#keys.length; member++) {
      const key = this.#keys[member];
      if (key !== undefined && key.length === end - start && isAt(key, bytes, start)) return member;
    }
    for (let at = start; at < end; at++) if (bytes[at] === 92) return this.#escapedPlaceOf(bytes, start, end);
    return -1;
  }

  #escapedPlaceOf(bytes: Uint8Array, start: number, end: number): number {
    const key = unescapeString(bytes, start, end);
    return key === undefined ? -1 : this.names.indexOf(Buffer.from(key).toString('utf8'));
  }
}

/** ASCII without escapes, as the names of operations are; undefined when it is not. */
function plainWord(bytes: Uint8Array, start: number, end: number): string | undefined {
  let word = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 92 || byte > 127) return undefined;
    word += String.fromCharCode(byte);
  }
  return word;
}

function isAt(key: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < key.length; at++) if (bytes[start + at] !== key[at]) return false;
  return true;
}
