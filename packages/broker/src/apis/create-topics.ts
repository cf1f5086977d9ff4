import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { configValue, TOPIC_OPTIONS, type TopicConfig } from '../log/topic-config.ts';
import type { Topic } from '../log/topics.ts';
import type { Api, BrokerState } from './api.ts';
import { onePerName } from './one-per-name.ts';
import { findMisplaced, type PlacedPartition } from './replica-placement.ts';
import { orStorageError } from './storage-error.ts';
import { findCreationError } from './topic-creation.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const SOURCE_TOPIC = 1;
const SOURCE_DEFAULT = 5;

interface Wish {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  /** Brokers by partition, when the client placed the replicas itself. */
  readonly assignment: readonly PlacedPartition[];
  readonly config: TopicConfig;
  /** Options that were given without a value. */
  readonly valueless: readonly string[];
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
      const assignment = r.array((): PlacedPartition => {
        const placed = { partition: r.int32(), brokers: r.array(() => r.int32()) };
        r.tags();
        return placed;
      });
      const config = r.array((): [string, string | null] => {
        const option: [string, string | null] = [r.string(), r.nullableString()];
        r.tags();
        return option;
      });
      r.tags();
      const given = Object.fromEntries(config.filter((o): o is [string, string] => o[1] !== null));
      const valueless = config.filter(([, value]) => value === null).map(([option]) => option);
      return { name, partitions, replication, assignment, config: given, valueless };
    });
    body.int32();
    const validateOnly = version >= 1 && body.boolean();
    const mayCreateAny = access.may('Cluster:Create');
    const results = onePerName(wishes).map(({ wish, twice }) =>
      mayCreateAny || access.may('Topic:Create', wish.name)
        ? twice
          ? refused(wish, { error: 'INVALID_REQUEST', message: `topic ${wish.name} is named twice` })
          : createOne(wish, validateOnly, broker)
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
          w.int32(shown ? partitionsOf(wish, broker) : -1).int16(shown ? 1 : -1);
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

interface Creation {
  readonly wish: Wish;
  readonly topic: Topic | undefined;
  readonly error: KafkaErrorName;
  readonly message: string | null;
}

function createOne(wish: Wish, validateOnly: boolean, broker: BrokerState): Creation {
  const { name, assignment, valueless } = wish;
  const partitions = partitionsOf(wish, broker);
  const replication = assignment.length > 0 ? 1 : wish.replication;
  const problem =
    findCreationError({ name, partitions, replication, config: wish.config }, broker) ??
    findCountBesideAssignment(wish) ??
    findMisplaced(assignment, 0);
  if (problem !== undefined) return refused(wish, problem);
  if (valueless.length > 0) {
    return refused(wish, { error: 'INVALID_CONFIG', message: `${valueless.join(', ')}: an option needs a value` });
  }
  if (validateOnly) return { wish, topic: undefined, error: 'NONE', message: null };
  const topic = orStorageError(() => broker.topics.create(name, partitions, wish.config), broker);
  return typeof topic === 'string'
    ? refused(wish, { error: topic, message: null })
    : { wish, topic, error: 'NONE', message: null };
}

function refused(wish: Wish, problem: { readonly error: KafkaErrorName; readonly message: string | null }): Creation {
  return { wish, topic: undefined, ...problem };
}

function partitionsOf({ partitions, assignment }: Wish, broker: BrokerState): number {
  if (assignment.length > 0) return assignment.length;
  return partitions === -1 ? broker.settings.defaultPartitions : partitions;
}

function findCountBesideAssignment({ partitions, replication, assignment }: Wish) {
  if (assignment.length === 0 || (partitions === -1 && replication === -1)) return undefined;
  const message = 'with an assignment of replicas, partitions and replication factor must be -1';
  return { error: 'INVALID_REQUEST', message } as const;
}

/** Tagged field 0: why neither configuration nor numbers are shown. */
function writeConfigError(writer: Writer): void {
  writer.uvarint(1).uvarint(0).uvarint(2).int16(errorCode('TOPIC_AUTHORIZATION_FAILED'));
}
