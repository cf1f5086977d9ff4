import {
  findBatchDefect,
  type KafkaErrorName,
  NULL_SLICE,
  ProtocolError,
  RecordBatchView,
  RecordColumns,
  readRecords,
  UnsupportedCodecError,
} from '@millrace/kafka-protocol';
import { configValue } from '../log/topic-config.ts';
import type { Topic } from '../log/topics.ts';

/** Why a producer's bytes are not stored. */
export interface BatchRefusal {
  readonly error: KafkaErrorName;
  readonly message: string | null;
}

/** Kafka's LogValidator: undefined when the bytes are exactly one sound batch that the topic accepts. */
export function findBatchRefusal(bytes: Buffer, topic: Topic): BatchRefusal | undefined {
  const bytesMax = Number(configValue(topic.config, 'max.message.bytes'));
  if (bytes.length > bytesMax) {
    return { error: 'MESSAGE_TOO_LARGE', message: `a batch may have ${bytesMax} bytes (max.message.bytes)` };
  }
  const error = findUnsound(bytes);
  if (error !== undefined) return { error, message: null };
  if (topic.policy.compaction === undefined) return undefined;
  return findKeyless(new RecordBatchView(bytes));
}

function findUnsound(bytes: Buffer): KafkaErrorName | undefined {
  switch (findBatchDefect(bytes, 0, bytes.length)) {
    case undefined:
      break;
    case 'magic':
      return 'UNSUPPORTED_FOR_MESSAGE_FORMAT';
    case 'codec':
      return 'UNSUPPORTED_COMPRESSION_TYPE';
    case 'count':
      return 'INVALID_RECORD';
    case 'crc':
    case 'length':
    case 'truncated':
      return 'CORRUPT_MESSAGE';
  }
  const batch = new RecordBatchView(bytes);
  const sound =
    batch.sizeBytes === bytes.length &&
    !batch.isControl &&
    batch.recordsCount > 0 &&
    batch.lastOffsetDelta === batch.recordsCount - 1 &&
    (batch.producerId >= 0 ? batch.producerEpoch >= 0 && batch.baseSequence >= 0 : !batch.isTransactional);
  return sound ? undefined : 'INVALID_RECORD';
}

/** A codec that cannot be opened here is let through: compaction leaves such batches as they are. */
function findKeyless(batch: RecordBatchView): BatchRefusal | undefined {
  try {
    const { keyStart, count } = readRecords(batch, new RecordColumns());
    if (!keyStart.subarray(0, count).includes(NULL_SLICE)) return undefined;
    return { error: 'INVALID_RECORD', message: 'records of a compacted topic must have a key' };
  } catch (error) {
    if (error instanceof UnsupportedCodecError) return undefined;
    if (error instanceof ProtocolError) return { error: 'INVALID_RECORD', message: error.message };
    throw error;
  }
}
