import { Reader, Writer } from '@millrace/kafka-protocol';
import { byTopic, type TopicPartition } from './client.ts';
import type { Exchange } from './kafkajs.ts';

export interface FetchPosition extends TopicPartition {
  readonly offset: number;
}

export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Ascending by first offset: transactional batches of this producer from there to its abort marker are void. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  /** Whole record batches, the last one perhaps cut off: `buffer[start, end)`. The buffer is the whole response. */
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
}

const READ_COMMITTED = 1;

/**
 * Fetch v11, without a session:
 *
 *     request   replica_id=-1 i32 · max_wait_ms i32 · min_bytes i32 · max_bytes i32 · isolation i8 · session_id=0 i32 · session_epoch=-1 i32
 *               · [topic str · [partition i32 · leader_epoch=-1 i32 · offset i64 · log_start=-1 i64 · max_bytes i32]]
 *               · forgotten [] · rack ''
 *     response  throttle_ms i32 · error i16 · session_id i32
 *               · [topic str · [partition i32 · error i16 · high_watermark i64 · last_stable i64 · log_start i64
 *                             · aborted [producer_id i64 · first_offset i64]? · preferred_replica i32 · records bytes]]
 */
export function fetchRequest(positions: readonly FetchPosition[], limits: FetchLimits): Exchange<FetchedPartition[]> {
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: 'Fetch',
    encode: () => encode(positions, limits),
    decode,
    timeoutMs: limits.maxWaitMs + 30_000,
  };
}

function encode(positions: readonly FetchPosition[], limits: FetchLimits): readonly Buffer[] {
  const writer = new Writer();
  writer.int32(-1).int32(limits.maxWaitMs).int32(1).int32(limits.maxBytes).int8(READ_COMMITTED).int32(0).int32(-1);
  writer.array(byTopic(positions), ({ topic, entries }) => {
    writer.string(topic).array(entries, ({ partition, offset }) => {
      writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(limits.partitionMaxBytes);
    });
  });
  return writer.int32(0).string('').toChunks();
}

function decode(payload: Buffer): FetchedPartition[] {
  const reader = new Reader(payload);
  reader.int32();
  const sessionError = reader.int16();
  reader.int32();
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => decodePartition(reader, topic, sessionError));
    })
    .flat();
}

function decodePartition(reader: Reader, topic: string, sessionError: number): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16() || sessionError;
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  const logStartOffset = reader.int64();
  const aborted = reader.nullableArray(() => ({ producerId: reader.int64(), firstOffset: reader.int64() })) ?? [];
  reader.int32();
  const length = reader.nullableBytes()?.length ?? 0;
  const { buffer, offset: end } = reader;
  const start = end - length;
  return { topic, partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, buffer, start, end };
}
