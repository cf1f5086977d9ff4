import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import { LEADER_EPOCH } from '../log/partition.ts';
import type { Topic } from '../log/topics.ts';
import type { Access } from '../security/access.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';
import { orStorageError } from './storage-error.ts';
import { findCreationError } from './topic-creation.ts';

interface Described {
  readonly error: KafkaErrorName;
  readonly name: string | null;
  /** What was asked for, when that was not a name; it is no secret to who asks. */
  readonly id?: string;
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
  handle: ({ version, body, session, access }, broker) => {
    const asked = body.nullableArray((r) => {
      const id = version >= 10 ? r.uuid() : NIL_UUID;
      const name = version >= 10 ? r.nullableString() : r.string();
      r.tags();
      return { id, name };
    });
    const mayCreate = (version < 4 || body.boolean()) && broker.settings.autoCreateTopics;
    const withClusterOperations = version >= 8 && version <= 10 && body.boolean();
    const withTopicOperations = version >= 8 && body.boolean();
    const all = asked === null || (version === 0 && asked.length === 0);
    const topics = all
      ? broker.topics
          .all()
          .filter(({ name }) => access.may('Topic:Describe', name))
          .map((topic): Described => ({ error: 'NONE', name: topic.name, topic }))
      : asked.map(({ id, name }) =>
          name === null ? describeId(id, access, broker) : describeName(name, mayCreate, access, broker),
        );
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
      writer.array(topics, (topic, w) => {
        const bits = withTopicOperations && topic.topic !== undefined;
        writeTopic(w, version, topic, bits ? access.operationBits('Topic', topic.topic.name) : NO_OPERATIONS);
      });
      if (version >= 8 && version <= 10) {
        const bits = access.may('Cluster:Describe') ? access.operationBits('Cluster') : 0;
        writer.int32(withClusterOperations ? bits : NO_OPERATIONS);
      }
      writer.tags();
    };
  },
};

/** Whoever may not see a topic is not told its name. */
function describeId(id: string, access: Access, broker: BrokerState): Described {
  const topic = broker.topics.getById(id);
  if (topic !== undefined && !access.may('Topic:Describe', topic.name)) {
    return { error: 'TOPIC_AUTHORIZATION_FAILED', name: null, id, topic: undefined };
  }
  return {
    error: topic === undefined ? 'UNKNOWN_TOPIC_ID' : 'NONE',
    name: topic?.name ?? null,
    id,
    topic,
  };
}

function describeName(name: string, mayCreate: boolean, access: Access, broker: BrokerState): Described {
  const forbidden: Described = { error: 'TOPIC_AUTHORIZATION_FAILED', name, topic: undefined };
  if (!access.may('Topic:Describe', name)) return forbidden;
  const existing = broker.topics.get(name);
  if (existing !== undefined) return { error: 'NONE', name, topic: existing };
  const partitions = broker.settings.defaultPartitions;
  const problem = findCreationError({ name, partitions, replication: 1, config: {} }, broker);
  if (problem !== undefined) return { error: problem.error, name, topic: undefined };
  if (!mayCreate) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', name, topic: undefined };
  if (!access.may('Cluster:Create') && !access.may('Topic:Create', name)) return forbidden;
  const topic = orStorageError(() => broker.topics.create(name, partitions, {}), broker);
  return typeof topic === 'string' ? { error: topic, name, topic: undefined } : { error: 'NONE', name, topic };
}

function writeTopic(writer: Writer, version: number, { error, name, id, topic }: Described, operations: number): void {
  writer.int16(errorCode(error));
  if (version >= 12) writer.nullableString(name);
  else writer.string(name ?? '');
  if (version >= 10) writer.uuid(topic?.id ?? id ?? NIL_UUID);
  if (version >= 1) writer.boolean(false);
  const replicas = [NODE_ID];
  writer.array([...(topic?.partitions.keys() ?? [])], (partition, w) => {
    w.int16(0).int32(partition).int32(NODE_ID);
    if (version >= 7) w.int32(LEADER_EPOCH);
    w.array(replicas, (id) => w.int32(id)).array(replicas, (id) => w.int32(id));
    if (version >= 5) w.array([], () => {});
    w.tags();
  });
  if (version >= 8) writer.int32(operations);
  writer.tags();
}
