import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { configValue, TOPIC_OPTIONS, type TopicConfig } from '../log/topic-config.ts';
import type { Topic } from '../log/topics.ts';
import type { Api, BrokerState } from './api.ts';
import { orStorageError } from './storage-error.ts';
import { findCreationError } from './topic-creation.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const SOURCE_TOPIC = 1;
const SOURCE_DEFAULT = 5;

interface Wish {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: TopicConfig;
}

/**
 * CreateTopics (19), v0-7. Several topics in one request are independent of each other.
 *
 *     request   [string name · int32 partitions · int16 replication · [int32 partition · [int32] brokers]
 *               · [string name · nullable string value]] · int32 timeoutMs · v1+ bool validateOnly
 *     response  v2+ int32 throttleMs · [string name · v7+ uuid id · int16 error · v1+ nullable string message
 *               · v5+ int32 partitions · int16 replication
 *                 · nullable [string name · nullable string value · bool readOnly · int8 source · bool sensitive]]
 */
export const createTopics: Api = {
  key: 19,
  name: 'CreateTopics',
  versions: [0, 7],
  flexibleFrom: 5,
  handle: ({ version, body, access }, broker) => {
    const wishes = body.array((r): Wish => {
      const name = r.string();
      const partitions = r.int32();
      const replication = r.int16();
      const assigned = r.array(() => {
        r.int32();
        r.array(() => r.int32());
        r.tags();
      }).length;
      const config = r.array((): [string, string | null] => {
        const option: [string, string | null] = [r.string(), r.nullableString()];
        r.tags();
        return option;
      });
      r.tags();
      const given = Object.fromEntries(config.filter((o): o is [string, string] => o[1] !== null));
      if (assigned > 0) return { name, partitions: assigned, replication: 1, config: given };
      return {
        name,
        partitions: partitions === -1 ? broker.settings.defaultPartitions : partitions,
        replication,
        config: given,
      };
    });
    body.int32();
    const validateOnly = version >= 1 && body.boolean();
    const mayCreateAny = access.may('Cluster:Create');
    const results = wishes.map((wish) =>
      mayCreateAny || access.may('Topic:Create', wish.name)
        ? createOne(wish, validateOnly, broker)
        : ({ wish, topic: undefined, error: 'TOPIC_AUTHORIZATION_FAILED', message: 'Authorization failed.' } as const),
    );
    return (writer) => {
      if (version >= 2) writer.int32(0);
      writer.array(results, ({ wish, topic, error, message }, w) => {
        w.string(wish.name);
        if (version >= 7) w.uuid(topic?.id ?? NIL_UUID);
        w.int16(errorCode(error));
        if (version >= 1) w.nullableString(message);
        if (version >= 5) {
          const hidden = !access.may('Topic:DescribeConfigs', wish.name);
          const shown = error === 'NONE' && !hidden;
          w.int32(shown ? wish.partitions : -1).int16(shown ? 1 : -1);
          w.array(shown ? Object.keys(TOPIC_OPTIONS) : [], (option) => {
            w.string(option).nullableString(configValue(wish.config, option)).boolean(false);
            w.int8(option in wish.config ? SOURCE_TOPIC : SOURCE_DEFAULT)
              .boolean(false)
              .tags();
          });
          if (error === 'NONE' && hidden) writeConfigError(w);
          else w.tags();
        }
      });
      writer.tags();
    };
  },
};

function createOne(
  wish: Wish,
  validateOnly: boolean,
  broker: BrokerState,
): {
  readonly wish: Wish;
  readonly topic: Topic | undefined;
  readonly error: KafkaErrorName;
  readonly message: string | null;
} {
  const problem = findCreationError(wish, broker);
  if (problem !== undefined) return { wish, topic: undefined, ...problem };
  if (validateOnly) return { wish, topic: undefined, error: 'NONE', message: null };
  const topic = orStorageError(() => broker.topics.create(wish.name, wish.partitions, wish.config), broker);
  return typeof topic === 'string'
    ? { wish, topic: undefined, error: topic, message: null }
    : { wish, topic, error: 'NONE', message: null };
}

/** Tagged field 0: why neither configuration nor numbers are shown. */
function writeConfigError(writer: Writer): void {
  writer.uvarint(1).uvarint(0).uvarint(2).int16(errorCode('TOPIC_AUTHORIZATION_FAILED'));
}
