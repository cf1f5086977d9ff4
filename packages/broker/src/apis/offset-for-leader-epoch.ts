import { errorCode } from '@millrace/kafka-protocol';
import { LEADER_EPOCH } from '../log/partition.ts';
import type { Api } from './api.ts';

/**
 * OffsetForLeaderEpoch (23), v0-4. There is one epoch, so its end is the end of the log.
 *
 *     request   v3+ int32 replicaId · [string topic · [int32 partition · v2+ int32 currentEpoch · int32 epoch]]
 *     response  v2+ int32 throttleMs · [string topic · [int16 error · int32 partition · v1+ int32 epoch · int64 endOffset]]
 */
export const offsetForLeaderEpoch: Api = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [0, 4],
  flexibleFrom: 4,
  handle: ({ version, body, access }, broker) => {
    if (version >= 3) body.int32();
    const topics = body.array((r) => {
      const topic = r.string();
      const partitions = r.array(() => {
        const partition = r.int32();
        const currentEpoch = version >= 2 ? r.int32() : -1;
        const epoch = r.int32();
        r.tags();
        return {
          partition,
          currentEpoch,
          epoch,
          log: broker.topics.partition(topic, partition),
        };
      });
      r.tags();
      return { topic, mayDescribe: access.may('Topic:Describe', topic), partitions };
    });
    return (writer) => {
      if (version >= 2) writer.int32(0);
      writer.array(topics, ({ topic, mayDescribe, partitions }, w) => {
        w.string(topic);
        w.array(partitions, ({ partition, currentEpoch, epoch, log }) => {
          const missing =
            log === undefined
              ? 'UNKNOWN_TOPIC_OR_PARTITION'
              : currentEpoch > LEADER_EPOCH
                ? 'UNKNOWN_LEADER_EPOCH'
                : 'NONE';
          const known = mayDescribe && log !== undefined && missing === 'NONE' && epoch === LEADER_EPOCH;
          w.int16(errorCode(mayDescribe ? missing : 'TOPIC_AUTHORIZATION_FAILED')).int32(partition);
          if (version >= 1) w.int32(known ? LEADER_EPOCH : -1);
          w.int64(known ? log.highWatermark : -1).tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};
