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
import type { LogPolicy } from '../log/log-policy.ts';
import { configValue } from '../log/topic-config.ts';
import type { Topic } from '../log/topics.ts';

/** Why a producer's bytes are not stored. */
export interface BatchRefusal {
  readonly error: KafkaErrorName;
  readonly message: string | null;
  /** The batch had reached the log: the answer tells where that begins. */
  readonly byLog?: true;
  /** Which records are to blame, when it is not the batch as a whole. */
  readonly records?: readonly { readonly index: number; readonly message: string }[];
}

/** Kafka's LogValidator: undefined when the bytes are exactly one sound batch that the topic accepts. */
export function findBatchRefusal(bytes: Buffer, topic: Topic, nowMs: number): BatchRefusal | undefined {
  const bytesMax = Number(configValue(topic.config, 'max.message.bytes'));
  if (bytes.length > bytesMax) {
    return { error: 'MESSAGE_TOO_LARGE', message: `a batch may have ${bytesMax} bytes (max.message.bytes)` };
  }
  const unsound = findUnsound(bytes);
  if (unsound !== undefined) return unsound;
  return findRecordErrors(new RecordBatchView(bytes), topic.policy, nowMs);
}

function findUnsound(bytes: Buffer): BatchRefusal | undefined {
  const defect = findBatchDefect(bytes, 0, bytes.length);
  switch (defect) {
    case undefined:
      break;
    case 'codec':
      return { error: 'UNSUPPORTED_COMPRESSION_TYPE', message: 'Kafka has no such codec', byLog: true };
    case 'count':
      return { error: 'INVALID_RECORD', message: 'the number of records is negative', byLog: true };
    case 'magic':
    case 'length':
    case 'truncated':
      return { error: 'INVALID_RECORD', message: `not a whole record batch of format 2: ${defect}` };
    case 'crc':
      return { error: 'CORRUPT_MESSAGE', message: 'the checksum does not fit the batch' };
  }
  const batch = new RecordBatchView(bytes);
  if (batch.sizeBytes !== bytes.length) {
    return { error: 'INVALID_RECORD', message: 'a partition takes one batch in a request' };
  }
  const sound =
    !batch.isControl &&
    batch.recordsCount > 0 &&
    batch.lastOffsetDelta === batch.recordsCount - 1 &&
    (batch.producerId >= 0 ? batch.producerEpoch >= 0 && batch.baseSequence >= 0 : !batch.isTransactional);
  return sound ? undefined : { error: 'INVALID_RECORD', message: 'the header contradicts itself', byLog: true };
}

/** What is wrong with single records: only looked for where a topic asks for it, because it opens the batch. */
function findRecordErrors(batch: RecordBatchView, policy: LogPolicy, nowMs: number): BatchRefusal | undefined {
  const { afterMaxMs, beforeMaxMs } = policy.timestamps;
  const mayBeLate = batch.maxTimestamp > nowMs + afterMaxMs || nowMs - beforeMaxMs > 0;
  if (policy.compaction === undefined && (policy.stampsAppendTime || !mayBeLate)) return undefined;
  const columns = openColumns(batch);
  if (!(columns instanceof RecordColumns)) return columns;
  if (policy.compaction !== undefined) {
    const keyless = recordsWhere(columns, (i) => columns.keyStart[i] === NULL_SLICE);
    if (keyless.length > 0) return refuse('INVALID_RECORD', 'records of a compacted topic must have a key', keyless);
  }
  if (policy.stampsAppendTime) return undefined;
  const strange = recordsWhere(columns, (i) => {
    const timestampMs = batch.baseTimestamp + (columns.timestampDelta[i] ?? 0);
    return timestampMs >= 0 && (timestampMs > nowMs + afterMaxMs || timestampMs < nowMs - beforeMaxMs);
  });
  if (strange.length === 0) return undefined;
  const message = 'the timestamp is outside message.timestamp.before.max.ms and message.timestamp.after.max.ms';
  return refuse('INVALID_TIMESTAMP', message, strange);
}

function recordsWhere(columns: RecordColumns, isWrong: (record: number) => boolean): number[] {
  return Array.from({ length: columns.count }, (_, i) => i).filter(isWrong);
}

function refuse(error: KafkaErrorName, message: string, records: readonly number[]): BatchRefusal {
  return { error, message, byLog: true, records: records.map((index) => ({ index, message })) };
}

/** Undefined for a codec that cannot be opened here: it is let through, and compaction leaves such batches as they are. */
function openColumns(batch: RecordBatchView): RecordColumns | BatchRefusal | undefined {
  try {
    return readRecords(batch, new RecordColumns());
  } catch (error) {
    if (error instanceof UnsupportedCodecError) return undefined;
    if (error instanceof ProtocolError) return { error: 'INVALID_RECORD', message: error.message, byLog: true };
    throw error;
  }
}
