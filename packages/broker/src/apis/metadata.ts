import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { LEADER_EPOCH } from '../log/partition.ts';
import type { Topic } from '../log/topics.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';
import { findCreationError } from './topic-creation.ts';

interface Described {
  readonly error: KafkaErrorName;
  readonly name: string | null;
  readonly topic: Topic | undefined;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
/** "Not asked for". */
const NO_OPERATIONS = -2_147_483_648;

/**
 * Metadata (3), v0-12. A null list of topics is all of them; in v0 an empty one is.
 *
 *     request   nullable [v10+ uuid id · (nullable from v10) string name] · v4+ bool allowAutoTopicCreation
 *               · v8-10 bool includeClusterOperations · v8+ bool includeTopicOperations
 *     response  v3+ int32 throttleMs · [int32 nodeId · string host · int32 port · v1+ nullable string rack]
 *               · v2+ nullable string clusterId · v1+ int32 controllerId
 *               · [int16 error · string name · v10+ uuid id · v1+ bool internal
 *                 · [int16 error · int32 partition · int32 leader · v7+ int32 leaderEpoch · [int32] replicas · [int32] isr
 *                   · v5+ [int32] offline] · v8+ int32 operations]
 *               · v8-10 int32 clusterOperations
 */
export const metadata: Api = {
  key: 3,
  name: 'Metadata',
  versions: [0, 12],
  flexibleFrom: 9,
  handle: ({ version, body, session }, broker) => {
    const asked = body.nullableArray((r) => {
      const id = version >= 10 ? r.uuid() : NIL_UUID;
      const name = version >= 10 ? r.nullableString() : r.string();
      r.tags();
      return { id, name };
    });
    const mayCreate = (version < 4 || body.boolean()) && broker.settings.autoCreateTopics;
    const all = asked === null || (version === 0 && asked.length === 0);
    const topics = all
      ? broker.topics.all().map((topic): Described => ({ error: 'NONE', name: topic.name, topic }))
      : asked.map(({ id, name }) => (name === null ? describeId(id, broker) : describeName(name, mayCreate, broker)));
    const { advertised } = session.listener;
    return (writer) => {
      if (version >= 3) writer.int32(0);
      writer.array([NODE_ID], (nodeId, w) => {
        w.int32(nodeId).string(advertised.host).int32(advertised.port);
        if (version >= 1) w.nullableString(null);
        w.tags();
      });
      if (version >= 2) writer.nullableString(broker.clusterId);
      if (version >= 1) writer.int32(NODE_ID);
      writer.array(topics, (topic, w) => writeTopic(w, version, topic));
      if (version >= 8 && version <= 10) writer.int32(NO_OPERATIONS);
      writer.tags();
    };
  },
};

function describeId(id: string, broker: BrokerState): Described {
  const topic = broker.topics.getById(id);
  return {
    error: topic === undefined ? 'UNKNOWN_TOPIC_ID' : 'NONE',
    name: topic?.name ?? null,
    topic,
  };
}

function describeName(name: string, mayCreate: boolean, broker: BrokerState): Described {
  const existing = broker.topics.get(name);
  if (existing !== undefined) return { error: 'NONE', name, topic: existing };
  const partitions = broker.settings.defaultPartitions;
  const problem = findCreationError({ name, partitions, replication: 1, config: {} }, broker);
  if (problem !== undefined) return { error: problem.error, name, topic: undefined };
  if (!mayCreate) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', name, topic: undefined };
  return {
    error: 'NONE',
    name,
    topic: broker.topics.create(name, partitions, {}),
  };
}

function writeTopic(writer: Writer, version: number, { error, name, topic }: Described): void {
  writer.int16(errorCode(error));
  if (version >= 12) writer.nullableString(name);
  else writer.string(name ?? '');
  if (version >= 10) writer.uuid(topic?.id ?? NIL_UUID);
  if (version >= 1) writer.boolean(false);
  const replicas = [NODE_ID];
  writer.array([...(topic?.partitions.keys() ?? [])], (partition, w) => {
    w.int16(0).int32(partition).int32(NODE_ID);
    if (version >= 7) w.int32(LEADER_EPOCH);
    w.array(replicas, (id) => w.int32(id)).array(replicas, (id) => w.int32(id));
    if (version >= 5) w.array([], () => {});
    w.tags();
  });
  if (version >= 8) writer.int32(NO_OPERATIONS);
  writer.tags();
}
