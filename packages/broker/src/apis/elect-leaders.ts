import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * ElectLeaders (43), v0-2. The only broker leads every partition already.
 *
 *     request   v1+ int8 electionType · nullable [string topic · [int32 partition]] · int32 timeoutMs
 *     response  int32 throttleMs · v1+ int16 error · [string topic · [int32 partition · int16 error · nullable string message]]
 */
export const electLeaders: Api = {
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexibleFrom: 2,
  handle: ({ version, body, access }, broker) => {
    if (version >= 1) body.int8();
    const wanted = body.nullableArray((r) => {
      const entry = { topic: r.string(), partitions: r.array(() => r.int32()) };
      r.tags();
      return entry;
    });
    const allowed = access.may('Cluster:Alter');
    const judge = (topic: string, partition: number): { readonly error: KafkaErrorName; readonly message: string } =>
      broker.topics.partition(topic, partition) === undefined
        ? { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'there is no such partition' }
        : { error: 'ELECTION_NOT_NEEDED', message: 'the only broker leads the partition already' };
    return (writer) => {
      writer.int32(0);
      if (version >= 1) writer.int16(errorCode(allowed ? 'NONE' : 'CLUSTER_AUTHORIZATION_FAILED'));
      // All partitions were meant: those that need no election are not listed.
      writer.array(allowed ? (wanted ?? []) : [], ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, (partition) => {
          const { error, message } = judge(topic, partition);
          w.int32(partition).int16(errorCode(error)).nullableString(message).tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};
