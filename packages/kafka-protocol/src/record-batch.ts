import { crc32c } from './crc32c.ts';

/**
 * Record batch v2. All integers big-endian; the CRC-32C covers bytes 21 to the end, so a broker may set the base offset
 * and the leader epoch in place without opening the batch.
 *
 *      0 baseOffset int64            21 attributes int16         43 producerId int64
 *      8 batchLength int32 (after)   23 lastOffsetDelta int32    51 producerEpoch int16
 *     12 partitionLeaderEpoch int32  27 baseTimestamp int64      53 baseSequence int32
 *     16 magic int8 = 2              35 maxTimestamp int64       57 recordsCount int32
 *     17 crc uint32                                              61 records
 *
 *     attributes: bits 0-2 codec, 3 log append time, 4 transactional, 5 control, 6 delete horizon
 */
export const BATCH_HEADER_BYTES = 61;

/** Bytes before the part that `batchLength` counts. */
export const BATCH_PREFIX_BYTES = 12;

export const COMPRESSION_CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionCodec = (typeof COMPRESSION_CODECS)[number];

const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** Why bytes are not a record batch that may be stored or read. */
export type BatchDefect = 'truncated' | 'length' | 'magic' | 'crc' | 'codec' | 'count';

/** A header view over a buffer: reads and patches in place, copies nothing. */
export class RecordBatchView {
  readonly buffer: Buffer;
  readonly start: number;

  constructor(buffer: Buffer, start = 0) {
    this.buffer = buffer;
    this.start = start;
  }

  get baseOffset(): number {
    return readLong(this.buffer, this.start);
  }

  /** Whole size on the wire, prefix included. */
  get sizeBytes(): number {
    return BATCH_PREFIX_BYTES + this.buffer.readInt32BE(this.start + 8);
  }

  get leaderEpoch(): number {
    return this.buffer.readInt32BE(this.start + 12);
  }

  get magic(): number {
    return this.buffer.readInt8(this.start + 16);
  }

  get crc(): number {
    return this.buffer.readUInt32BE(this.start + 17);
  }

  get attributes(): number {
    return this.buffer.readInt16BE(this.start + 21);
  }

  get lastOffsetDelta(): number {
    return this.buffer.readInt32BE(this.start + 23);
  }

  /** Offset of the last record. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }

  get baseTimestamp(): number {
    return readLong(this.buffer, this.start + 27);
  }

  get maxTimestamp(): number {
    return readLong(this.buffer, this.start + 35);
  }

  get producerId(): number {
    return readLong(this.buffer, this.start + 43);
  }

  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.start + 51);
  }

  get baseSequence(): number {
    return this.buffer.readInt32BE(this.start + 53);
  }

  get recordsCount(): number {
    return this.buffer.readInt32BE(this.start + 57);
  }

  /** First byte of the (possibly compressed) records. */
  get recordsStart(): number {
    return this.start + BATCH_HEADER_BYTES;
  }

  get end(): number {
    return this.start + this.sizeBytes;
  }

  /** Index into COMPRESSION_CODECS; 5 to 7 are not defined by Kafka. */
  get codecId(): number {
    return this.attributes & CODEC_MASK;
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL) !== 0;
  }

  /** A transaction marker, not data; see {@link readControlType}. */
  get isControl(): boolean {
    return (this.attributes & CONTROL) !== 0;
  }

  get hasLogAppendTime(): boolean {
    return (this.attributes & LOG_APPEND_TIME) !== 0;
  }

  /** Gives the batch its place in a log. Outside the CRC, so compressed data stays untouched. */
  place(baseOffset: number, leaderEpoch: number): void {
    writeLong(this.buffer, this.start, baseOffset);
    this.buffer.writeInt32BE(leaderEpoch, this.start + 12);
  }

  /** Replaces the timestamps by the broker's clock; the CRC is computed again. */
  stampLogAppendTime(timestampMs: number): void {
    this.buffer.writeInt16BE(this.attributes | LOG_APPEND_TIME, this.start + 21);
    writeLong(this.buffer, this.start + 35, timestampMs);
    this.buffer.writeUInt32BE(crc32c(this.buffer, this.start + 21, this.end), this.start + 17);
  }
}

/** What is wrong with the batch at `start`, or undefined. Nothing of the header may be trusted before this. */
export function findBatchDefect(buffer: Buffer, start: number, end: number): BatchDefect | undefined {
  if (end - start < BATCH_HEADER_BYTES) return 'truncated';
  const batch = new RecordBatchView(buffer, start);
  const size = batch.sizeBytes;
  if (size < BATCH_HEADER_BYTES) return 'length';
  if (batch.magic !== 2) return 'magic';
  if (size > end - start) return 'truncated';
  if (crc32c(buffer, start + 21, start + size) !== batch.crc) return 'crc';
  if (batch.codecId >= COMPRESSION_CODECS.length) return 'codec';
  if (batch.recordsCount < 0 || batch.lastOffsetDelta < 0) return 'count';
  return undefined;
}

/**
 * The complete batches of a Fetch response, in order. A batch cut off by the byte limit at the end is left out, as Kafka
 * clients must. Does not check CRCs: call {@link findBatchDefect} when the bytes crossed a network you do not trust.
 */
export function* batchesOf(
  buffer: Buffer,
  start = 0,
  end = buffer.length,
): Generator<RecordBatchView, void, undefined> {
  let at = start;
  while (end - at >= BATCH_HEADER_BYTES) {
    const batch = new RecordBatchView(buffer, at);
    const size = batch.sizeBytes;
    if (size < BATCH_HEADER_BYTES || size > end - at) return;
    yield batch;
    at += size;
  }
}

function readLong(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
}

export function writeLong(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
