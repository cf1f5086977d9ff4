import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  COMPRESSION_CODECS,
  compressRecords,
  crc32c,
  decompressRecords,
  Reader,
  type RecordBatchView,
  Writer,
} from '@millrace/kafka-protocol';

const DELETE_HORIZON = 0x40;
const CODEC_MASK = 0x07;

/** Codecs that can only be read here are written as gzip, which every client opens. */
const WRITTEN_AS = [0, 1, 1, 1, 1];

/** One record of a batch as compaction sees it: enough to judge it, and its bytes to keep it. */
export interface StoredRecord {
  readonly offset: number;
  readonly timestampMs: number;
  /** Null for a record without key. */
  readonly key: Buffer | null;
  readonly isTombstone: boolean;
  readonly attributes: number;
  /** From the offset delta to the end: what does not change when the record moves to another base timestamp. */
  readonly rest: Buffer;
  /** All of it, its length included: copied as it is when the base timestamp stays. */
  readonly whole: Buffer;
}

/** When the tombstones (or the marker) in a batch may go (KIP-534); undefined while that is not decided. */
export function deleteHorizonMs(batch: RecordBatchView): number | undefined {
  return (batch.attributes & DELETE_HORIZON) === 0 ? undefined : batch.baseTimestamp;
}

/** The records of a batch, whatever its compression. Throws UnsupportedCodecError when it cannot be opened here. */
export function storedRecords(batch: RecordBatchView): StoredRecord[] {
  const bytes = decompressRecords(batch.codecId, batch.buffer.subarray(batch.recordsStart, batch.end));
  const reader = new Reader(bytes);
  const { baseOffset, baseTimestamp, recordsCount } = batch;
  const records: StoredRecord[] = [];
  for (let i = 0; i < recordsCount; i++) {
    const start = reader.offset;
    const record = new Reader(reader.raw(reader.varint()));
    const whole = bytes.subarray(start, reader.offset);
    const attributes = record.int8();
    const timestampMs = baseTimestamp + record.varlong();
    const rest = record.buffer.subarray(record.offset);
    const offset = baseOffset + record.varint();
    const keyLength = record.varint();
    const key = keyLength < 0 ? null : record.raw(keyLength);
    const isTombstone = record.varint() < 0;
    records.push({ offset, timestampMs, key, isTombstone, attributes, rest, whole });
  }
  return records;
}

/**
 * The same batch with only these records: base offset, last offset, sequence and producer stay, so offsets, retries and
 * transactions mean what they meant. Without records only the header is left.
 *
 * @param horizonMs replaces the base timestamp and sets the attribute that says so; undefined keeps both as they are
 */
export function rewriteBatch(
  batch: RecordBatchView,
  records: readonly StoredRecord[],
  horizonMs: number | undefined,
): Buffer {
  const baseTimestamp = horizonMs ?? batch.baseTimestamp;
  const codecId = records.length === 0 ? 0 : (WRITTEN_AS[batch.codecId] ?? 0);
  const encoded = compressRecords(
    COMPRESSION_CODECS[codecId] ?? 'none',
    horizonMs === undefined ? Buffer.concat(records.map(({ whole }) => whole)) : encodeRecords(records, baseTimestamp),
  );
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES + encoded.length);
  batch.buffer.copy(bytes, 0, batch.start, batch.start + BATCH_HEADER_BYTES);
  encoded.copy(bytes, BATCH_HEADER_BYTES);
  const horizon = horizonMs === undefined ? 0 : DELETE_HORIZON;
  bytes.writeInt32BE(bytes.length - BATCH_PREFIX_BYTES, 8);
  bytes.writeInt16BE((batch.attributes & ~CODEC_MASK) | codecId | horizon, 21);
  bytes.writeBigInt64BE(BigInt(baseTimestamp), 27);
  bytes.writeBigInt64BE(BigInt(maxTimestampOf(batch, records)), 35);
  bytes.writeInt32BE(records.length, 57);
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17);
  return bytes;
}

function encodeRecords(records: readonly StoredRecord[], baseTimestamp: number): Buffer {
  const body = new Writer();
  for (const { attributes, timestampMs, rest } of records) {
    const head = new Writer().int8(attributes).varlong(timestampMs - baseTimestamp);
    body
      .varint(head.length + rest.length)
      .raw(head.toBuffer())
      .raw(rest);
  }
  return body.toBuffer();
}

function maxTimestampOf(batch: RecordBatchView, records: readonly StoredRecord[]): number {
  if (batch.hasLogAppendTime || records.length === 0) return batch.maxTimestamp;
  return records.reduce((max, { timestampMs }) => Math.max(max, timestampMs), -1);
}
