import { errorCode } from '@millrace/kafka-protocol';
import type { Api, BrokerState } from './api.ts';

/**
 * DeleteRecords (21), v0-2. Everything below the offset; -1 is the high watermark.
 *
 *     request   [string topic · [int32 partition · int64 offset]] · int32 timeoutMs
 *     response  int32 throttleMs · [string topic · [int32 partition · int64 logStartOffset · int16 error]]
 */
export const deleteRecords: Api = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  handle: async ({ body, access }, broker) => {
    const topics = body.array((r) => {
      const topic = r.string();
      const partitions = r.array(() => {
        const entry = { partition: r.int32(), offset: r.int64() };
        r.tags();
        return entry;
      });
      r.tags();
      return { topic, partitions };
    });
    const results = await Promise.all(
      topics.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(
          partitions.map((p) =>
            access.may('Topic:Delete', topic)
              ? deleteOne(topic, p.partition, p.offset, broker)
              : ({ partition: p.partition, logStartOffset: -1, error: 'TOPIC_AUTHORIZATION_FAILED' } as const),
          ),
        ),
      })),
    );
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, (p) => w.int32(p.partition).int64(p.logStartOffset).int16(errorCode(p.error)).tags());
        w.tags();
      });
      writer.tags();
    };
  },
};

async function deleteOne(topic: string, partition: number, offset: number, broker: BrokerState) {
  const log = broker.topics.partition(topic, partition);
  if (log === undefined)
    return {
      partition,
      logStartOffset: -1,
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
    } as const;
  const before = offset === -1 ? log.highWatermark : offset;
  if (before < 0 || before > log.highWatermark)
    return {
      partition,
      logStartOffset: -1,
      error: 'OFFSET_OUT_OF_RANGE',
    } as const;
  log.deleteBefore(before);
  return {
    partition,
    logStartOffset: log.logStartOffset,
    error: 'NONE',
  } as const;
}
