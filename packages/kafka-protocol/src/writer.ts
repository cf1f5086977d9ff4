const INITIAL_BYTES = 256;

/**
 * Writes Kafka primitive types; the mirror of {@link Reader}, with the same `flexible` switch.
 *
 * Large payloads (the records of a Fetch response) are attached as they are and never copied: the result is a list of
 * chunks for a gathering write. `patchInt32` fills in a length once it is known.
 */
export class Writer {
  flexible: boolean;
  private readonly chunks: Buffer[] = [];
  private sealedBytes = 0;
  private current: Buffer;
  private offset = 0;

  constructor(options: { flexible?: boolean; initialBytes?: number } = {}) {
    this.flexible = options.flexible ?? false;
    this.current = Buffer.allocUnsafe(options.initialBytes ?? INITIAL_BYTES);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.sealedBytes + this.offset;
  }

  int8(value: number): this {
    const at = this.reserve(1);
    this.current.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.reserve(2);
    this.current.writeInt16BE(value, at);
    return this;
  }

  uint16(value: number): this {
    const at = this.reserve(2);
    this.current.writeUInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.reserve(4);
    this.current.writeInt32BE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.reserve(4);
    this.current.writeUInt32BE(value, at);
    return this;
  }

  /** An int64 given as an exact number. */
  int64(value: number): this {
    const at = this.reserve(8);
    this.current.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    this.current.writeUInt32BE(value >>> 0, at + 4);
    return this;
  }

  bigint64(value: bigint): this {
    const at = this.reserve(8);
    this.current.writeBigInt64BE(value, at);
    return this;
  }

  float64(value: number): this {
    const at = this.reserve(8);
    this.current.writeDoubleBE(value, at);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  uvarint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.byte(rest);
  }

  /** Zigzag varint, 32 bits. */
  varint(value: number): this {
    return this.uvarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** Zigzag varlong, 64 bits. */
  varlong(value: number | bigint): this {
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    while (rest >= 0x80n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest));
  }

  uuid(value: string): this {
    return this.raw(Buffer.from(value.replaceAll('-', ''), 'hex'));
  }

  string(value: string): this {
    return this.nullableString(value);
  }

  nullableString(value: string | null): this {
    if (value === null) return this.flexible ? this.uvarint(0) : this.int16(-1);
    const length = Buffer.byteLength(value);
    if (this.flexible) this.uvarint(length + 1);
    else this.int16(length);
    const at = this.reserve(length);
    this.current.write(value, at, 'utf8');
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.nullableBytes(value);
  }

  nullableBytes(value: Uint8Array | null): this {
    this.bytesLength(value === null ? -1 : value.length);
    return value === null ? this : this.raw(value);
  }

  /** BYTES whose payload is attached without copying. The caller must not change it afterwards. */
  attachedBytes(payload: readonly Buffer[], length: number): this {
    this.bytesLength(length);
    if (length === 0) return this;
    this.seal();
    for (const part of payload) this.chunks.push(part);
    this.sealedBytes += length;
    return this;
  }

  /** Bytes without a length. */
  raw(value: Uint8Array): this {
    const at = this.reserve(value.length);
    this.current.set(value, at);
    return this;
  }

  array<T>(values: readonly T[], element: (value: T, writer: this) => void): this {
    return this.nullableArray(values, element);
  }

  nullableArray<T>(values: readonly T[] | null, element: (value: T, writer: this) => void): this {
    const count = values === null ? -1 : values.length;
    if (this.flexible) this.uvarint(count + 1);
    else this.int32(count);
    for (const value of values ?? []) element(value, this);
    return this;
  }

  /** Ends a struct without tagged fields. Writes nothing in classic encodings. */
  tags(): this {
    return this.flexible ? this.uvarint(0) : this;
  }

  /** Overwrites an int32 written earlier at `position`; only within the chunk being written. */
  patchInt32(position: number, value: number): this {
    const head = this.chunks[0];
    if (position < (head?.length ?? 0)) head?.writeInt32BE(value, position);
    else this.current.writeInt32BE(value, position - this.sealedBytes);
    return this;
  }

  /** What was written, for a gathering write. The writer must not be used afterwards. */
  toChunks(): readonly Buffer[] {
    this.seal();
    return this.chunks;
  }

  /** What was written, as one buffer. */
  toBuffer(): Buffer {
    const chunks = this.toChunks();
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  }

  private bytesLength(length: number): void {
    if (this.flexible) this.uvarint(length + 1);
    else this.int32(length);
  }

  private byte(value: number): this {
    const at = this.reserve(1);
    this.current[at] = value;
    return this;
  }

  private seal(): void {
    if (this.offset === 0) return;
    this.chunks.push(this.current.subarray(0, this.offset));
    this.sealedBytes += this.offset;
    this.current = this.current.subarray(this.offset);
    this.offset = 0;
  }

  private reserve(length: number): number {
    const at = this.offset;
    const needed = at + length;
    if (needed > this.current.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.current.length * 2, INITIAL_BYTES));
      this.current.copy(grown, 0, 0, at);
      this.current = grown;
    }
    this.offset = needed;
    return at;
  }
}
