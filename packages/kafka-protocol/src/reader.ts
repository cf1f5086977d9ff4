/** Thrown when bytes do not follow the Kafka protocol. The connection they came from cannot be trusted any further. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Reads Kafka primitive types from a buffer without copying it.
 *
 * Strings, bytes and arrays have two encodings. Which one applies depends on the API version only, so it is a property
 * of the reader (`flexible`) and an API's decoder names every field once:
 *
 *     classic   STRING int16 n · n bytes          BYTES int32 n · n bytes          ARRAY int32 n · n elements     (-1 = null)
 *     flexible  STRING uvarint n+1 · n bytes      BYTES uvarint n+1 · n bytes      ARRAY uvarint n+1 · n elements (0 = null)
 *               and after every struct: uvarint count · count x (uvarint tag · uvarint size · bytes)
 *
 * Every length is checked against what is left before anything is allocated.
 */
export class Reader {
  readonly buffer: Buffer;
  readonly end: number;
  offset: number;
  flexible: boolean;

  constructor(buffer: Buffer, options: { flexible?: boolean; offset?: number; end?: number } = {}) {
    this.buffer = buffer;
    this.flexible = options.flexible ?? false;
    this.offset = options.offset ?? 0;
    this.end = options.end ?? buffer.length;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.end - this.offset;
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  /** An int64 that must be exactly representable as a number (offsets, timestamps, producer ids). */
  int64(): number {
    const at = this.take(8);
    const value = this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) throw new ProtocolError(`int64 at byte ${at} is outside the exact range`);
    return value;
  }

  bigint64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8));
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  /** Unsigned base-128, at most 5 bytes. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new ProtocolError(`unsigned varint before byte ${this.offset} is longer than 32 bits`);
  }

  /** Zigzag varint, 32 bits. */
  varint(): number {
    const raw = this.uvarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Zigzag varlong as a number; refuses values a number cannot hold exactly. */
  varlong(): number {
    const value = Number(this.bigVarlong());
    if (!Number.isSafeInteger(value)) throw new ProtocolError('varlong is outside the exact range');
    return value;
  }

  /** Zigzag varlong, 64 bits. */
  bigVarlong(): bigint {
    let raw = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.take(1)] ?? 0;
      raw |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
    }
    throw new ProtocolError('varlong is longer than 64 bits');
  }

  /** 16 bytes as canonical UUID text. */
  uuid(): string {
    const at = this.take(16);
    const hex = this.buffer.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw new ProtocolError(`string before byte ${this.offset} must not be null`);
    return value;
  }

  nullableString(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16();
    if (length < 0) return null;
    const at = this.take(length);
    return this.buffer.toString('utf8', at, at + length);
  }

  /** A view of the underlying buffer, not a copy. */
  bytes(): Buffer {
    const value = this.nullableBytes();
    if (value === null) throw new ProtocolError(`bytes before byte ${this.offset} must not be null`);
    return value;
  }

  /** A view of the underlying buffer, not a copy. */
  nullableBytes(): Buffer | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    return length < 0 ? null : this.raw(length);
  }

  /** Exactly `length` bytes, as a view. */
  raw(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  array<T>(element: (reader: this) => T): T[] {
    const value = this.nullableArray(element);
    if (value === null) throw new ProtocolError(`array before byte ${this.offset} must not be null`);
    return value;
  }

  nullableArray<T>(element: (reader: this) => T): T[] | null {
    const count = this.flexible ? this.uvarint() - 1 : this.int32();
    if (count < 0) return null;
    if (count > this.remaining) throw new ProtocolError(`array of ${count} elements in ${this.remaining} bytes`);
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(element(this));
    return values;
  }

  /** Skips the tagged fields at the end of a struct, or hands each to `visit`. Nothing to do in classic encodings. */
  tags(visit?: (tag: number, value: Reader) => void): void {
    if (!this.flexible) return;
    const count = this.uvarint();
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      const size = this.uvarint();
      const at = this.take(size);
      visit?.(tag, new Reader(this.buffer, { flexible: true, offset: at, end: at + size }));
    }
  }

  private take(length: number): number {
    const at = this.offset;
    if (length < 0 || length > this.end - at) {
      throw new ProtocolError(`${length} bytes wanted at byte ${at}, ${this.end - at} left`);
    }
    this.offset = at + length;
    return at;
  }
}
