import { ProtocolError } from './reader.ts';

const FIRST_BYTES = 64 * 1024;

/** Bytes coming out of a decompressor: grows with what is really produced, up to a limit, whatever the input announces. */
export class Inflated {
  bytes: Buffer;
  length = 0;
  readonly #codec: string;
  readonly #bytesMax: number;

  constructor(codec: string, bytesMax: number, expectedBytes = FIRST_BYTES) {
    this.#codec = codec;
    this.#bytesMax = bytesMax;
    this.bytes = Buffer.allocUnsafe(Math.min(expectedBytes, bytesMax));
  }

  /** Room for `count` more bytes at `length`. */
  reserve(count: number): void {
    const wanted = this.length + count;
    if (wanted <= this.bytes.length) return;
    if (wanted > this.#bytesMax) {
      throw new ProtocolError(`${this.#codec} records inflate to more than ${this.#bytesMax} bytes`);
    }
    const grown = Buffer.allocUnsafe(Math.min(this.#bytesMax, Math.max(wanted, this.bytes.length * 2)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Repeats what was produced `distance` bytes ago; the copy may read what it writes, which repeats a pattern. */
  repeat(distance: number, count: number): void {
    if (distance < 1 || distance > this.length) throw this.malformed('points before its beginning');
    this.reserve(count);
    const { bytes, length } = this;
    if (distance >= count) bytes.copyWithin(length, length - distance, length - distance + count);
    else for (let at = length; at < length + count; at++) bytes[at] = bytes[at - distance] ?? 0;
    this.length += count;
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  malformed(what: string): ProtocolError {
    return new ProtocolError(`${this.#codec} records do not inflate: the stream ${what}`);
  }
}
