import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Access } from '../security/access.ts';
import { type Api, type BrokerState, NODE_ID } from './api.ts';

/**
 * AlterPartitionReassignments (45), v0. There is one place a partition can be, and it is there.
 *
 *     request   int32 timeoutMs · [string topic · [int32 partition · nullable [int32] replicas]]      (null cancels)
 *     response  int32 throttleMs · int16 error · nullable string message
 *               · [string topic · [int32 partition · int16 error · nullable string message]]
 */
export const alterPartitionReassignments: Api = {
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ body, access }, broker) => {
    body.int32();
    const topics = body.array((r) => {
      const topic = r.string();
      const partitions = r.array(() => {
        const entry = { partition: r.int32(), replicas: r.nullableArray(() => r.int32()) };
        r.tags();
        return entry;
      });
      r.tags();
      return { topic, partitions };
    });
    const refused = findForbidden(access);
    return (writer) => {
      writer
        .int32(0)
        .int16(errorCode(refused ?? 'NONE'))
        .nullableString(null);
      writer.array(refused === undefined ? topics : [], ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, ({ partition, replicas }) => {
          const { error, message } = judge(topic, partition, replicas, broker);
          w.int32(partition).int16(errorCode(error)).nullableString(message).tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};

function findForbidden(access: Access): KafkaErrorName | undefined {
  return access.may('Cluster:Alter') ? undefined : 'CLUSTER_AUTHORIZATION_FAILED';
}

function judge(
  topic: string,
  partition: number,
  replicas: readonly number[] | null,
  broker: BrokerState,
): { readonly error: KafkaErrorName; readonly message: string | null } {
  if (broker.topics.partition(topic, partition) === undefined) {
    return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'there is no such partition' };
  }
  if (replicas === null) return { error: 'NO_REASSIGNMENT_IN_PROGRESS', message: 'no reassignment is in progress' };
  const isWhereItIs = replicas.length === 1 && replicas[0] === NODE_ID;
  if (isWhereItIs) return { error: 'NONE', message: null };
  return { error: 'INVALID_REPLICA_ASSIGNMENT', message: `this cluster has one broker, ${NODE_ID}` };
}
