import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Api, BrokerState } from './api.ts';
import { orStorageError } from './storage-error.ts';
import { PARTITIONS_MAX } from './topic-creation.ts';

/**
 * CreatePartitions (37), v0-3. The count is the new total; it never shrinks.
 *
 *     request   [string topic · int32 count · nullable [[int32] brokers]] · int32 timeoutMs · bool validateOnly
 *     response  int32 throttleMs · [string topic · int16 error · nullable string message]
 */
export const createPartitions: Api = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  handle: ({ body, access }, broker) => {
    const wanted = body.array((r) => {
      const entry = { name: r.string(), count: r.int32() };
      r.nullableArray(() => {
        r.array(() => r.int32());
        r.tags();
      });
      r.tags();
      return entry;
    });
    body.int32();
    const validateOnly = body.boolean();
    const results = wanted.map(({ name, count }) => ({
      name,
      error: access.may('Topic:Alter', name)
        ? growOne(name, count, validateOnly, broker)
        : ('TOPIC_AUTHORIZATION_FAILED' as const),
    }));
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ name, error }, w) => w.string(name).int16(errorCode(error)).nullableString(null).tags());
      writer.tags();
    };
  },
};

function growOne(name: string, count: number, validateOnly: boolean, broker: BrokerState): KafkaErrorName {
  const topic = broker.topics.get(name);
  if (topic === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  if (count <= topic.partitions.length || count > PARTITIONS_MAX) return 'INVALID_PARTITIONS';
  if (validateOnly) return 'NONE';
  return orStorageError(() => broker.topics.grow(topic, count), broker) ?? 'NONE';
}
