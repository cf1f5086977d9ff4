import { compressRecords } from './compression.ts';
import { crc32c } from './crc32c.ts';
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  COMPRESSION_CODECS,
  type CompressionCodec,
  writeLong,
} from './record-batch.ts';
import { NULL_SLICE } from './record-columns.ts';

/** A record header as Kafka has it: repeated keys are allowed, order is kept. */
export type RecordHeader = readonly [key: string, value: Uint8Array | null];

/** What `seal` puts into the header. Everything may be left out for a plain batch. */
export interface SealOptions {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly compression?: CompressionCodec;
  readonly baseOffset?: number;
}

const EMPTY = new Uint8Array(0);
const SHORT_COPY_BYTES = 48;

/**
 * Builds one record batch v2 in a growing buffer. `append` any number of records, `seal` once, send, `reset`, repeat:
 * the buffer is reused, so a sealed batch is valid until the next `reset` unless it was compressed or copied.
 */
export class RecordBatchWriter {
  private buffer: Buffer;
  private at = BATCH_HEADER_BYTES;
  private records = 0;
  private baseTimestamp = 0;
  private maxTimestamp = 0;

  constructor(initialBytes = 16 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(initialBytes, BATCH_HEADER_BYTES));
  }

  get count(): number {
    return this.records;
  }

  /** Size of the batch if it were sealed now without compression. */
  get sizeBytes(): number {
    return this.at;
  }

  reset(): void {
    this.at = BATCH_HEADER_BYTES;
    this.records = 0;
  }

  /** Appends one record whose key and value are whole arrays. */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers?: readonly RecordHeader[],
  ): void {
    const k = key ?? EMPTY;
    const v = value ?? EMPTY;
    this.appendSlices(
      timestampMs,
      k,
      key === null ? NULL_SLICE : 0,
      k.length,
      v,
      value === null ? NULL_SLICE : 0,
      v.length,
      headers,
    );
  }

  /**
   * Appends one record from slices of larger buffers; a start of NULL_SLICE is null. The hot path: no allocation unless
   * there are headers.
   */
  appendSlices(
    timestampMs: number,
    keySource: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueSource: Uint8Array,
    valueStart: number,
    valueEnd: number,
    headers?: readonly RecordHeader[],
  ): void {
    if (this.records === 0) {
      this.baseTimestamp = timestampMs;
      this.maxTimestamp = timestampMs;
    } else if (timestampMs > this.maxTimestamp) this.maxTimestamp = timestampMs;
    const delta = timestampMs - this.baseTimestamp;
    const keyLength = keyStart < 0 ? -1 : keyEnd - keyStart;
    const valueLength = valueStart < 0 ? -1 : valueEnd - valueStart;
    const headerBlock = headers === undefined || headers.length === 0 ? undefined : encodeHeaders(headers);
    const body =
      1 +
      varlongSize(delta) +
      varintSize(this.records) +
      varintSize(keyLength) +
      Math.max(keyLength, 0) +
      varintSize(valueLength) +
      Math.max(valueLength, 0) +
      (headerBlock === undefined ? 1 : headerBlock.length);
    this.ensure(body + 5);
    this.varint(body);
    this.buffer[this.at++] = 0;
    this.varlong(delta);
    this.varint(this.records);
    this.varint(keyLength);
    if (keyLength > 0) this.copy(keySource, keyStart, keyEnd);
    this.varint(valueLength);
    if (valueLength > 0) this.copy(valueSource, valueStart, valueEnd);
    if (headerBlock === undefined) this.buffer[this.at++] = 0;
    else this.copy(headerBlock, 0, headerBlock.length);
    this.records++;
  }

  /** Writes the header and the CRC and returns the batch. Kafka refuses batches without records. */
  seal(options: SealOptions = {}): Buffer {
    if (this.records === 0) throw new RangeError('a record batch needs at least one record');
    const codec = options.compression ?? 'none';
    let batch = this.buffer.subarray(0, this.at);
    if (codec !== 'none') {
      const compressed = compressRecords(codec, batch.subarray(BATCH_HEADER_BYTES));
      batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + compressed.length);
      compressed.copy(batch, BATCH_HEADER_BYTES);
    }
    const attributes =
      COMPRESSION_CODECS.indexOf(codec) | (options.transactional ? 0x10 : 0) | (options.control ? 0x20 : 0);
    writeLong(batch, 0, options.baseOffset ?? 0);
    batch.writeInt32BE(batch.length - BATCH_PREFIX_BYTES, 8);
    batch.writeInt32BE(0, 12);
    batch.writeInt8(2, 16);
    batch.writeInt16BE(attributes, 21);
    batch.writeInt32BE(this.records - 1, 23);
    writeLong(batch, 27, this.baseTimestamp);
    writeLong(batch, 35, this.maxTimestamp);
    writeLong(batch, 43, options.producerId ?? -1);
    batch.writeInt16BE(options.producerEpoch ?? -1, 51);
    batch.writeInt32BE(options.baseSequence ?? -1, 53);
    batch.writeInt32BE(this.records, 57);
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
    return batch;
  }

  private ensure(extra: number): void {
    const needed = this.at + extra;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }

  private copy(source: Uint8Array, start: number, end: number): void {
    if (end - start > SHORT_COPY_BYTES) {
      this.buffer.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.at);
      this.at += end - start;
      return;
    }
    for (let i = start; i < end; i++) this.buffer[this.at++] = source[i] as number;
  }

  private varint(value: number): void {
    let raw = ((value << 1) ^ (value >> 31)) >>> 0;
    while (raw >= 0x80) {
      this.buffer[this.at++] = (raw & 0x7f) | 0x80;
      raw >>>= 7;
    }
    this.buffer[this.at++] = raw;
  }

  private varlong(value: number): void {
    let raw = value >= 0 ? value * 2 : -value * 2 - 1;
    while (raw >= 0x80) {
      this.buffer[this.at++] = (raw % 0x80) | 0x80;
      raw = Math.floor(raw / 0x80);
    }
    this.buffer[this.at++] = raw;
  }
}

function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0;
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x20_0000 ? 3 : raw < 0x1000_0000 ? 4 : 5;
}

function varlongSize(value: number): number {
  let raw = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (raw >= 0x80) {
    raw = Math.floor(raw / 0x80);
    size++;
  }
  return size;
}

function encodeHeaders(headers: readonly RecordHeader[]): Buffer {
  const parts: Uint8Array[] = [varintBytes(headers.length)];
  for (const [key, value] of headers) {
    const name = Buffer.from(key);
    parts.push(varintBytes(name.length), name, varintBytes(value === null ? -1 : value.length), value ?? EMPTY);
  }
  return Buffer.concat(parts);
}

function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let raw = ((value << 1) ^ (value >> 31)) >>> 0;
  while (raw >= 0x80) {
    bytes.push((raw & 0x7f) | 0x80);
    raw >>>= 7;
  }
  bytes.push(raw);
  return Uint8Array.from(bytes);
}
