import { StreamError } from '@millrace/model';

/**
 * Exact bytes for what an object accumulator may hold: undefined, JSON values, bigint, Uint8Array, and
 * arrays, objects and Maps of them. One tag byte, then:
 *
 *   0 undefined · 1 null · 2 false · 3 true
 *   4 number      f64
 *   5 string      u32 length, UTF-8
 *   6 bigint      u32 length, decimal digits
 *   7 bytes       u32 length, bytes
 *   8 array       u32 count, values
 *   9 object      u32 count, (string without tag, value) pairs
 *  10 map         u32 count, (value, value) pairs
 */
export function encodeValues(values: readonly unknown[]): Uint8Array {
  const out = new ValueWriter();
  for (const value of values) out.value(value);
  return out.finish();
}

export function decodeValues(bytes: Uint8Array, count: number): unknown[] {
  const input = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const values: unknown[] = [];
  for (let at = 0; at < count; at++) values.push(readValue(input));
  return values;
}

interface Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
/** Bytes a UTF-16 unit may take. */
const UTF8_BYTES_MAX = 3;
/** Up to this many units a loop is faster than a call of the encoder. */
const SHORT_TEXT = 64;

/** Values one after the other, as `encodeValues` has them. */
export class ValueWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  value(value: unknown): void {
    writeValue(this, value);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#at;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** As `bytes` of its UTF-8. Short ASCII, names of fields above all, costs no call: a snapshot is written while the task stands still. */
  text(value: string): void {
    this.#room(4 + value.length * UTF8_BYTES_MAX);
    const bytes = this.#bytes;
    const start = this.#at + 4;
    let at = start;
    let done = 0;
    if (value.length <= SHORT_TEXT) {
      for (; done < value.length; done++) {
        const unit = value.charCodeAt(done);
        if (unit >= 128) break;
        bytes[at++] = unit;
      }
    }
    if (done < value.length) at += encoder.encodeInto(value.slice(done), bytes.subarray(at)).written;
    this.#view.setUint32(this.#at, at - start, true);
    this.#at = at;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function writeValue(out: ValueWriter, value: unknown): void {
  if (value === undefined) out.byte(0);
  else if (value === null) out.byte(1);
  else if (typeof value === 'boolean') out.byte(value ? 3 : 2);
  else if (typeof value === 'number') {
    out.byte(4);
    out.f64(value);
  } else if (typeof value === 'string') {
    out.byte(5);
    out.text(value);
  } else if (typeof value === 'bigint') {
    out.byte(6);
    out.text(value.toString());
  } else if (typeof value === 'object') writeObject(out, value);
  else {
    throw new StreamError('state.unstorable', `a ${typeof value} cannot be kept in state`, {
      domain: 'internal',
      retry: 'never',
    });
  }
}

function writeObject(out: ValueWriter, value: object): void {
  if (value instanceof Uint8Array) {
    out.byte(7);
    out.bytes(value);
  } else if (Array.isArray(value)) {
    out.byte(8);
    out.u32(value.length);
    for (const held of value) writeValue(out, held);
  } else if (value instanceof Map) {
    out.byte(10);
    out.u32(value.size);
    for (const [key, held] of value) {
      writeValue(out, key);
      writeValue(out, held);
    }
  } else {
    const names = Object.keys(value);
    out.byte(9);
    out.u32(names.length);
    for (const name of names) {
      out.text(name);
      writeValue(out, Reflect.get(value, name));
    }
  }
}

function readValue(input: Input): unknown {
  switch (input.bytes[input.at++]) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return false;
    case 3:
      return true;
    case 4:
      input.at += 8;
      return input.view.getFloat64(input.at - 8, true);
    case 5:
      return decoder.decode(readBytes(input));
    case 6:
      return BigInt(decoder.decode(readBytes(input)));
    case 7:
      return new Uint8Array(readBytes(input));
    case 8:
      return Array.from({ length: readU32(input) }, () => readValue(input));
    case 9:
      return Object.fromEntries(
        Array.from({ length: readU32(input) }, () => [decoder.decode(readBytes(input)), readValue(input)]),
      );
    case 10:
      return new Map(Array.from({ length: readU32(input) }, () => [readValue(input), readValue(input)] as const));
    default:
      throw new Error(`unknown value tag at byte ${input.at - 1}`);
  }
}

function readU32(input: Input): number {
  input.at += 4;
  return input.view.getUint32(input.at - 4, true);
}

function readBytes(input: Input): Uint8Array {
  const length = readU32(input);
  input.at += length;
  if (input.at > input.bytes.length) throw new Error('value runs past the end');
  return input.bytes.subarray(input.at - length, input.at);
}
