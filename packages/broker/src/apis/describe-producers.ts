import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { ProducerState } from '../log/producer-states.ts';
import type { Access } from '../security/access.ts';
import type { Api, BrokerState } from './api.ts';

/**
 * DescribeProducers (61), v0: who is remembered in a partition, and whose transaction is open.
 *
 *     request   [string topic · [int32 partition]]
 *     response  int32 throttleMs
 *               · [string topic · [int32 partition · int16 error · nullable string message
 *                 · [int64 producerId · int32 epoch · int32 lastSequence · int64 lastTimestamp · int32 coordinatorEpoch
 *                   · int64 openFrom]]]                                                              (-1 where there is none)
 */
export const describeProducers: Api = {
  key: 61,
  name: 'DescribeProducers',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ body, access }, broker) => {
    const topics = body.array((r) => {
      const topic = r.string();
      const partitions = r.array(() => r.int32());
      r.tags();
      return { topic, found: partitions.map((partition) => find(topic, partition, access, broker)) };
    });
    return (writer) => {
      writer.int32(0);
      writer.array(topics, ({ topic, found }, w) => {
        w.string(topic);
        w.array(found, ({ partition, error, producers }) => {
          w.int32(partition).int16(errorCode(error)).nullableString(null);
          w.array(producers, (p) => {
            w.int64(p.producerId).int32(p.epoch);
            w.int32(p.window.at(-1)?.lastSequence ?? -1).int64(p.lastTimestampMs);
            w.int32(p.coordinatorEpoch)
              .int64(p.openFrom ?? -1)
              .tags();
          });
          w.tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};

function find(
  topic: string,
  partition: number,
  access: Access,
  broker: BrokerState,
): { readonly partition: number; readonly error: KafkaErrorName; readonly producers: readonly ProducerState[] } {
  if (!access.may('Topic:Read', topic)) return { partition, error: 'TOPIC_AUTHORIZATION_FAILED', producers: [] };
  const log = broker.topics.partition(topic, partition);
  return log === undefined
    ? { partition, error: 'UNKNOWN_TOPIC_OR_PARTITION', producers: [] }
    : { partition, error: 'NONE', producers: log.producersNow() };
}
