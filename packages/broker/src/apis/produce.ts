import {
  BATCH_HEADER_BYTES,
  COMPRESSION_CODECS,
  errorCode,
  type KafkaErrorName,
  type Reader,
  RecordBatchView,
} from '@millrace/kafka-protocol';
import type { Topic } from '../log/topics.ts';
import { partitionName } from '../transactions/transaction.ts';
import type { Api, BrokerState } from './api.ts';
import { type BatchRefusal, findBatchRefusal } from './batch-refusal.ts';

interface PartitionAnswer {
  readonly partition: number;
  readonly error: KafkaErrorName;
  readonly baseOffset: number;
  readonly appendTimeMs: number;
  readonly logStartOffset: number;
  /** What the producer should know beside the code. */
  readonly message: string | null;
  /** Which records are to blame. */
  readonly records: NonNullable<BatchRefusal['records']>;
}

const ZSTD = COMPRESSION_CODECS.indexOf('zstd');
const ZSTD_SINCE = 7;

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
  leavesNoView: true,
  handle: async ({ version, body, clientId, session, access }, broker) => {
    const spent = broker.meters.of('producer_byte_rate', session.principal, clientId)?.spend(body.buffer.length);
    const throttleMs = spent ?? 0;
    session.rest(throttleMs);
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
          refusal === undefined
            ? append(name, partition, records, { acks, version }, broker)
            : failedAppend(partition, refusal),
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
          if (version >= 8) {
            w.array(p.records, ({ index, message }) => w.int32(index).nullableString(message).tags());
            w.nullableString(p.message);
          }
          w.tags();
        });
        w.tags();
      });
      writer.int32(throttleMs).tags();
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

function failedAppend(
  partition: number,
  error: KafkaErrorName,
  message: string | null = null,
  records: PartitionAnswer['records'] = [],
): PartitionAnswer {
  return { partition, error, message, records, baseOffset: -1, appendTimeMs: -1, logStartOffset: -1 };
}

/** Clients of older requests cannot know the codec. */
function findTooNew(bytes: Buffer): BatchRefusal | undefined {
  if (bytes.length < BATCH_HEADER_BYTES || new RecordBatchView(bytes).codecId !== ZSTD) return undefined;
  const message = `zstd needs Produce v${ZSTD_SINCE} or newer`;
  return { error: 'UNSUPPORTED_COMPRESSION_TYPE', message };
}

async function append(
  topicName: string,
  partition: number,
  records: Buffer | null,
  { acks, version }: { readonly acks: number; readonly version: number },
  broker: BrokerState,
): Promise<PartitionAnswer> {
  const topic = broker.topics.get(topicName);
  const log = topic?.partitions[partition];
  const failed = ({ error, message, records, byLog }: BatchRefusal): PartitionAnswer => ({
    ...failedAppend(partition, error, message, records),
    ...(byLog && log !== undefined ? { logStartOffset: log.logStartOffset } : {}),
  });
  if (topic === undefined || log === undefined) return failed({ error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null });
  if (acks < -1 || acks > 1) return failed({ error: 'INVALID_REQUIRED_ACKS', message: null });
  const bytes = records ?? Buffer.alloc(0);
  const refusal =
    (version < ZSTD_SINCE ? findTooNew(bytes) : undefined) ??
    findBatchRefusal(bytes, topic, broker.now()) ??
    findTransactionRefusal(bytes, topic, partition, broker);
  if (refusal !== undefined) return failed(refusal);
  try {
    const answer = await write(topic, partition, bytes, acks, broker);
    return typeof answer === 'string' ? failed({ error: answer, message: null, byLog: true }) : answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    broker.settings.log(`partition ${topicName}-${partition}: ${reason}`);
    return failed({ error: 'KAFKA_STORAGE_ERROR', message: `the broker's disk refused the records: ${reason}` });
  }
}

function findTransactionRefusal(
  bytes: Buffer,
  topic: Topic,
  partition: number,
  broker: BrokerState,
): BatchRefusal | undefined {
  const batch = new RecordBatchView(bytes);
  if (!batch.isTransactional) return undefined;
  const identity = { producerId: batch.producerId, epoch: batch.producerEpoch };
  const error = broker.transactions.findProduceError(identity, partitionName(topic.name, partition));
  if (error === undefined) return undefined;
  const message = error === 'INVALID_TXN_STATE' ? 'the partition was not added to the transaction' : null;
  return { error, message };
}

async function write(
  topic: Topic,
  partition: number,
  bytes: Buffer,
  acks: number,
  broker: BrokerState,
): Promise<PartitionAnswer | KafkaErrorName> {
  const log = topic.partitions[partition];
  if (log === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const batch = new RecordBatchView(bytes);
  const appendTimeMs = topic.policy.stampsAppendTime ? broker.now() : undefined;
  const outcome = log.append(bytes, batch, appendTimeMs);
  if (outcome.kind === 'refused') return outcome.error;
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
    ...{ partition, error: 'NONE', message: null, records: [], baseOffset: outcome.baseOffset },
    ...{
      appendTimeMs: outcome.kind === 'duplicate' ? outcome.timestampMs : (appendTimeMs ?? -1),
      logStartOffset: log.logStartOffset,
    },
  };
}
