import { Reader, Writer } from '@millrace/kafka-protocol';
import { byTopic, type TopicPartition } from './client.ts';
import type { Exchange } from './kafkajs.ts';

/** One sealed record batch for one partition. */
export interface ProducePart extends TopicPartition {
  readonly batch: Buffer;
}

export interface ProducedPart extends TopicPartition {
  readonly errorCode: number;
  readonly baseOffset: number;
}

const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;

/**
 * Produce v7, acks from all replicas:
 *
 *     request   transactional_id str? · acks i16 · timeout_ms i32 · [topic str · [partition i32 · records bytes]]
 *     response  [topic str · [partition i32 · error i16 · base_offset i64 · append_time i64 · log_start i64]] · throttle_ms i32
 */
export function produceRequest(
  parts: readonly ProducePart[],
  transactionalId: string | null,
): Exchange<ProducedPart[]> {
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    encode: () => encode(parts, transactionalId),
    decode,
  };
}

function encode(parts: readonly ProducePart[], transactionalId: string | null): readonly Buffer[] {
  const writer = new Writer();
  writer.nullableString(transactionalId).int16(ACKS_ALL).int32(TIMEOUT_MS);
  writer.array(byTopic(parts), ({ topic, entries }) => {
    writer.string(topic).array(entries, ({ partition, batch }) => {
      writer.int32(partition).attachedBytes([batch], batch.length);
    });
  });
  return writer.toChunks();
}

function decode(payload: Buffer): ProducedPart[] {
  const reader = new Reader(payload);
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => {
        const partition = reader.int32();
        const errorCode = reader.int16();
        const baseOffset = reader.int64();
        reader.int64();
        reader.int64();
        return { topic, partition, errorCode, baseOffset };
      });
    })
    .flat();
}
