import {
  errorCode,
  type KafkaErrorName,
  type RecordBatchView,
  RecordColumns,
  readRecords,
  UnsupportedCodecError,
} from '@millrace/kafka-protocol';
import { type Isolation, LEADER_EPOCH, type Partition } from '../log/partition.ts';
import type { Api } from './api.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;

interface Position {
  readonly error: KafkaErrorName;
  readonly timestampMs: number;
  readonly offset: number;
}

/**
 * ListOffsets (2), v1-9.
 *
 *     request   int32 replicaId · v2+ int8 isolation
 *               · [string topic · [int32 partition · v4+ int32 leaderEpoch · int64 timestamp]]
 *     response  v2+ int32 throttleMs
 *               · [string topic · [int32 partition · int16 error · int64 timestamp · int64 offset · v4+ int32 leaderEpoch]]
 *
 *     timestamp -1 latest (the last stable offset for read_committed), -2 and -4 earliest, -3 the highest timestamp,
 *     otherwise the first record at or after it; offset -1 when there is none.
 */
export const listOffsets: Api = {
  key: 2,
  name: 'ListOffsets',
  versions: [0, 9],
  flexibleFrom: 6,
  answeredFrom: 1,
  handle: ({ version, body, access }, broker) => {
    body.int32();
    const isolation: Isolation = version >= 2 && body.int8() === 1 ? 'read_committed' : 'read_uncommitted';
    const topics = body.array((r) => {
      const topic = r.string();
      const mayDescribe = access.may('Topic:Describe', topic);
      const partitions = r.array(() => {
        const partition = r.int32();
        if (version >= 4) r.int32();
        const timestampMs = r.int64();
        r.tags();
        return {
          partition,
          found: mayDescribe ? find(broker.topics.partition(topic, partition), timestampMs, isolation) : FORBIDDEN,
        };
      });
      r.tags();
      return { topic, partitions };
    });
    return (writer) => {
      if (version >= 2) writer.int32(0);
      writer.array(topics, ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, ({ partition, found }) => {
          w.int32(partition).int16(errorCode(found.error)).int64(found.timestampMs).int64(found.offset);
          if (version >= 4) w.int32(found.offset < 0 ? -1 : LEADER_EPOCH);
          w.tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};

const FORBIDDEN: Position = { error: 'TOPIC_AUTHORIZATION_FAILED', timestampMs: -1, offset: -1 };

function find(log: Partition | undefined, timestampMs: number, isolation: Isolation): Position {
  if (log === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', timestampMs: -1, offset: -1 };
  const at = (offset: number): Position => ({
    error: 'NONE',
    timestampMs: -1,
    offset,
  });
  if (timestampMs === LATEST) return at(log.upperBound(isolation));
  if (timestampMs === EARLIEST || timestampMs === EARLIEST_LOCAL) return at(log.logStartOffset);
  const target = timestampMs === MAX_TIMESTAMP ? log.maxTimestamp : timestampMs;
  const batch = target < 0 ? undefined : log.batchAtTimestamp(target);
  const found = batch === undefined ? undefined : firstRecordAt(batch, target, log.logStartOffset);
  if (found === undefined || found.offset >= log.upperBound(isolation)) return at(-1);
  return { error: 'NONE', ...found };
}

/** With a codec that cannot be opened here the whole batch is the answer: a reader may start early, never late. */
function firstRecordAt(
  batch: RecordBatchView,
  timestampMs: number,
  logStartOffset: number,
): { readonly timestampMs: number; readonly offset: number } {
  const whole = {
    timestampMs: batch.hasLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp,
    offset: Math.max(batch.baseOffset, logStartOffset),
  };
  if (batch.hasLogAppendTime) return whole;
  const columns = open(batch);
  for (let i = 0; i < (columns?.count ?? 0); i++) {
    const offset = batch.baseOffset + (columns?.offsetDelta[i] ?? 0);
    const recordMs = batch.baseTimestamp + (columns?.timestampDelta[i] ?? 0);
    if (recordMs >= timestampMs && offset >= logStartOffset) return { timestampMs: recordMs, offset };
  }
  return whole;
}

function open(batch: RecordBatchView): RecordColumns | undefined {
  try {
    return readRecords(batch, new RecordColumns());
  } catch (error) {
    if (error instanceof UnsupportedCodecError) return undefined;
    throw error;
  }
}
