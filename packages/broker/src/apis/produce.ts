import {
  BATCH_HEADER_BYTES,
  errorCode,
  findBatchDefect,
  type KafkaErrorName,
  type Reader,
  RecordBatchView,
} from '@millrace/kafka-protocol';
import type { Partition } from '../log/partition.ts';
import { configValue, type TopicConfig } from '../log/topic-config.ts';
import { partitionName } from '../transactions/transaction.ts';
import type { Api, BrokerState } from './api.ts';

interface PartitionAnswer {
  readonly partition: number;
  readonly error: KafkaErrorName;
  readonly baseOffset: number;
  readonly appendTimeMs: number;
  readonly logStartOffset: number;
}

/**
 * Produce (0), v3-11. v0-2 are advertised because old librdkafka derives features from the range, but carry message
 * formats that this broker does not store.
 *
 *     request   nullable string transactionalId · int16 acks · int32 timeoutMs · [string topic · [int32 partition · bytes records]]
 *     response  [string topic · [int32 partition · int16 error · int64 baseOffset · int64 logAppendTime
 *               · v5+ int64 logStartOffset · v8+ [int32 batchIndex · nullable string message] · v8+ nullable string message]]
 *               · int32 throttleMs
 *
 * acks = 0 has no response at all.
 */
export const produce: Api = {
  key: 0,
  name: 'Produce',
  versions: [0, 11],
  flexibleFrom: 9,
  answeredFrom: 3,
  handle: async ({ version, body, access }, broker) => {
    const transactionalId = body.nullableString();
    const acks = body.int16();
    body.int32();
    const topics = body.array((r) => ({
      name: r.string(),
      partitions: readPartitions(r),
    }));
    // A transactional batch must say whose transaction it belongs to.
    const isTransactional = (records: Buffer | null) =>
      records !== null && records.length >= BATCH_HEADER_BYTES && new RecordBatchView(records).isTransactional;
    const mayUseId = topics.some(({ partitions }) => partitions.some(({ records }) => isTransactional(records)))
      ? transactionalId !== null && access.may('TransactionalId:Write', transactionalId)
      : true;
    const answers = topics.map(({ name, partitions }) => {
      const refusal = !mayUseId
        ? 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
        : access.may('Topic:Write', name)
          ? undefined
          : 'TOPIC_AUTHORIZATION_FAILED';
      return {
        name,
        partitions: partitions.map(({ partition, records }) =>
          refusal === undefined ? append(name, partition, records, acks, broker) : failedAppend(partition, refusal),
        ),
      };
    });
    const results = await Promise.all(
      answers.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions),
      })),
    );
    if (acks === 0) return undefined;
    return (writer) => {
      writer.array(results, (topic, w) => {
        w.string(topic.name);
        w.array(topic.partitions, (p) => {
          w.int32(p.partition).int16(errorCode(p.error)).int64(p.baseOffset).int64(p.appendTimeMs);
          if (version >= 5) w.int64(p.logStartOffset);
          if (version >= 8) w.array([], () => {}).nullableString(null);
          w.tags();
        });
        w.tags();
      });
      writer.int32(0).tags();
    };
  },
};

function readPartitions(reader: Reader): { readonly partition: number; readonly records: Buffer | null }[] {
  const partitions = reader.array((r) => {
    const entry = { partition: r.int32(), records: r.nullableBytes() };
    r.tags();
    return entry;
  });
  reader.tags();
  return partitions;
}

function failedAppend(partition: number, error: KafkaErrorName): PartitionAnswer {
  return { partition, error, baseOffset: -1, appendTimeMs: -1, logStartOffset: -1 };
}

async function append(
  topicName: string,
  partition: number,
  records: Buffer | null,
  acks: number,
  broker: BrokerState,
): Promise<PartitionAnswer> {
  const failed = (error: KafkaErrorName) => failedAppend(partition, error);
  const topic = broker.topics.get(topicName);
  const log = topic?.partitions[partition];
  if (topic === undefined || log === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION');
  if (acks < -1 || acks > 1) return failed('INVALID_REQUIRED_ACKS');
  const bytes = records ?? Buffer.alloc(0);
  const refusal = findRefusal(bytes, topic.config);
  if (refusal !== undefined) return failed(refusal);
  const batch = new RecordBatchView(bytes);
  if (batch.isTransactional) {
    const identity = {
      producerId: batch.producerId,
      epoch: batch.producerEpoch,
    };
    const error = broker.transactions.findProduceError(identity, partitionName(topicName, partition));
    if (error !== undefined) return failed(error);
  }
  const appendTimeMs =
    configValue(topic.config, 'message.timestamp.type') === 'LogAppendTime' ? broker.now() : undefined;
  try {
    return await write(log, bytes, batch, appendTimeMs, partition, acks, broker, failed);
  } catch (error) {
    broker.settings.log(
      `partition ${topicName}-${partition}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return failed('KAFKA_STORAGE_ERROR');
  }
}

async function write(
  log: Partition,
  bytes: Buffer,
  batch: RecordBatchView,
  appendTimeMs: number | undefined,
  partition: number,
  acks: number,
  broker: BrokerState,
  failed: (error: KafkaErrorName) => PartitionAnswer,
): Promise<PartitionAnswer> {
  const outcome = log.append(bytes, batch, appendTimeMs);
  if (outcome.kind === 'refused') return failed(outcome.error);
  const { metrics } = broker;
  if (outcome.kind === 'duplicate') metrics.duplicateBatches++;
  else {
    metrics.producedBatches++;
    metrics.producedRecords += batch.recordsCount;
    metrics.producedBytes += bytes.length;
  }
  if (acks === -1) await outcome.flushed;
  // With fewer acknowledgements the disk is still asked; a failure then shows at the next request.
  else outcome.flushed.catch(() => {});
  return {
    ...{ partition, error: 'NONE', baseOffset: outcome.baseOffset },
    ...{ appendTimeMs: appendTimeMs ?? -1, logStartOffset: log.logStartOffset },
  };
}

/** Why these bytes may not be stored; undefined when they are exactly one sound batch. */
function findRefusal(bytes: Buffer, config: TopicConfig): KafkaErrorName | undefined {
  if (bytes.length > Number(configValue(config, 'max.message.bytes'))) return 'MESSAGE_TOO_LARGE';
  const defect = findBatchDefect(bytes, 0, bytes.length);
  switch (defect) {
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
