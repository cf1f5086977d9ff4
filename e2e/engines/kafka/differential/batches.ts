import { gzipSync } from 'node:zlib';
import {
  batchesOf,
  COMPRESSION_CODECS,
  crc32c,
  RecordBatchView,
  RecordBatchWriter,
  type RecordHeader,
  readControlType,
} from '../../../../packages/kafka-protocol/src/index.ts';

/** A record batch v2 in words. What is left out is a plain batch of today. */
export interface BatchSpec {
  readonly values: readonly (string | null)[];
  /** Keys, one per value; without them k0, k1, ... */
  readonly keys?: readonly (string | null)[];
  readonly headers?: readonly RecordHeader[];
  readonly codec?: (typeof COMPRESSION_CODECS)[number];
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** Of the first record; each further one is a millisecond later. */
  readonly timestampMs?: number;
  /** Spoils the finished batch; the checksum is made to fit again unless it is what is spoiled. */
  readonly spoil?: 'crc' | 'magic' | 'codec' | 'count' | 'length';
}

/** When the history happens: a full hour of today, because Kafka rolls a segment between records that are a week apart. */
export const EPOCH_MS = (Math.floor(Date.now() / 3_600_000) - 4) * 3_600_000;
const HEADER_BYTES = 61;

export function buildBatch(spec: BatchSpec): Buffer {
  const writer = new RecordBatchWriter();
  const { values, keys, headers, codec = 'none', timestampMs = EPOCH_MS, spoil, ...seal } = spec;
  for (const [i, value] of values.entries()) {
    const key = keys === undefined ? `k${i}` : (keys[i] ?? null);
    writer.append(
      timestampMs + i,
      key === null ? null : Buffer.from(key),
      value === null ? null : Buffer.from(value),
      headers,
    );
  }
  const plain = Buffer.from(writer.seal(seal));
  const bytes = codec === 'none' ? plain : compressed(plain, codec);
  return spoil === undefined ? bytes : spoiled(bytes, spoil);
}

/** The records of an answer as fields to compare. Leader epochs stay out: allowed.ts says why. */
export function describeBatches(records: Buffer | null): unknown {
  if (records === null) return null;
  const views = [...batchesOf(records)];
  const bytes = views.reduce((sum, view) => sum + view.end - view.start, 0);
  return {
    batches: views.map(describe),
    ...(bytes === records.length ? {} : { cut_off_bytes: records.length - bytes }),
  };
}

/** The broker's own time, of a marker or a stamped batch, is kept apart from the times that a client sent. */
function describe(view: RecordBatchView) {
  const payload = view.buffer.subarray(view.recordsStart, view.end);
  return {
    base_offset: view.baseOffset,
    last_offset_delta: view.lastOffsetDelta,
    attributes: view.attributes,
    ...(view.isControl ? {} : { base_timestamp: view.baseTimestamp }),
    ...(view.isControl || view.hasLogAppendTime
      ? { broker_time_ms: view.maxTimestamp }
      : { max_timestamp: view.maxTimestamp }),
    producer_id: view.producerId,
    producer_epoch: view.producerEpoch,
    base_sequence: view.baseSequence,
    records_count: view.recordsCount,
    crc_fits: crc32c(view.buffer, view.start + 21, view.end) === view.crc,
    ...(view.isControl ? { marker: readControlType(view) } : { payload: payload.toString('hex') }),
  };
}

/** Puts the records of a plain batch through a codec. Apart from gzip the codecs store: every decoder reads that. */
function compressed(plain: Buffer, codec: 'gzip' | 'snappy' | 'lz4' | 'zstd'): Buffer {
  const payload = compressors[codec](plain.subarray(HEADER_BYTES));
  const bytes = Buffer.concat([plain.subarray(0, HEADER_BYTES), payload]);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt16BE(bytes.readInt16BE(21) | COMPRESSION_CODECS.indexOf(codec), 21);
  return withCrc(bytes);
}

const compressors = {
  gzip: (records: Buffer) => gzipSync(records),
  /** varint length · one literal of up to 60 bytes after another */
  snappy: (records: Buffer) => {
    const parts = [uvarint(records.length)];
    for (let at = 0; at < records.length; at += 60) {
      const literal = records.subarray(at, at + 60);
      parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
    }
    return Buffer.concat(parts);
  },
  /** frame header for independent blocks of up to 64 KiB · one stored block · end mark */
  lz4: (records: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE((records.length | 0x8000_0000) >>> 0);
    return Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, records, Buffer.alloc(4)]);
  },
  /** magic · single segment, content size in 2 bytes less 256 · one raw last block */
  zstd: (records: Buffer) => {
    if (records.length < 256) throw new Error('the stored zstd frame of this test begins at 256 bytes of records');
    const head = Buffer.from('28b52ffd600000000000', 'hex');
    head.writeUInt16LE(records.length - 256, 5);
    head.writeUIntLE((records.length << 3) | 1, 7, 3);
    return Buffer.concat([head, records]);
  },
};

function spoiled(bytes: Buffer, spoil: NonNullable<BatchSpec['spoil']>): Buffer {
  switch (spoil) {
    case 'crc':
      bytes.writeUInt32BE((bytes.readUInt32BE(17) ^ 1) >>> 0, 17);
      return bytes;
    case 'magic':
      bytes.writeInt8(1, 16);
      return bytes;
    case 'codec':
      bytes.writeInt16BE(bytes.readInt16BE(21) | 7, 21);
      return withCrc(bytes);
    case 'count':
      bytes.writeInt32BE(new RecordBatchView(bytes, 0).recordsCount + 1, 57);
      return withCrc(bytes);
    case 'length':
      bytes.writeInt32BE(bytes.length - 12 + 8, 8);
      return bytes;
  }
}

function withCrc(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17);
  return bytes;
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
