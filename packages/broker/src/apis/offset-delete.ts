import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import { subscribedTopics } from '../groups/subscribed-topics.ts';
import type { Api } from './api.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * OffsetDelete (47), v0. Offsets of topics that no member of the group reads.
 *
 *     request   string group · [string topic · [int32 partition]]
 *     response  int16 error · int32 throttleMs · [string topic · [int32 partition · int16 error]]
 */
export const offsetDelete: Api = {
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  flexibleFrom: undefined,
  handle: async ({ body, access }, broker) => {
    const groupId = body.string();
    const wanted = body.array((r) => ({ topic: r.string(), partitions: r.array(() => r.int32()) }));
    const group = broker.groups.get(groupId);
    const absent = group === undefined && !broker.offsets.has(groupId);
    const refusal: KafkaErrorName | undefined = !access.may('Group:Delete', groupId)
      ? 'GROUP_AUTHORIZATION_FAILED'
      : absent
        ? 'GROUP_ID_NOT_FOUND'
        : undefined;
    if (refusal !== undefined) {
      return (writer) =>
        writer
          .int16(errorCode(refusal))
          .int32(0)
          .array([], () => {});
    }
    const subscribed = group === undefined ? new Set<string>() : subscribedTopics(group);
    const deleteOne = (topic: string, partition: number): Promise<KafkaErrorName> | KafkaErrorName => {
      if (!access.may('Topic:Read', topic)) return 'TOPIC_AUTHORIZATION_FAILED';
      if (broker.topics.partition(topic, partition) === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
      if (subscribed === 'unknown' || subscribed.has(topic)) return 'GROUP_SUBSCRIBED_TO_TOPIC';
      if (broker.offsets.get(groupId, topic, partition) === undefined) return 'NONE';
      const deleted = broker.offsets.deleteOffset(groupId, topic, partition).then(() => 'NONE' as const);
      return orUnavailable(deleted, broker);
    };
    const answers = await Promise.all(
      wanted.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(
          partitions.map(async (partition) => ({ partition, error: await deleteOne(topic, partition) })),
        ),
      })),
    );
    return (writer) => {
      writer.int16(0).int32(0);
      writer.array(answers, ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, ({ partition, error }) => w.int32(partition).int16(errorCode(error)));
      });
    };
  },
};
