import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import { partitionName } from '../transactions/transaction.ts';
import type { Api } from './api.ts';
import { fencedError } from './fenced-error.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * AddPartitionsToTxn (24), v0-3. Opens the transaction when none is. All partitions or none.
 *
 *     request   string transactionalId · int64 producerId · int16 epoch · [string topic · [int32 partition]]
 *     response  int32 throttleMs · [string topic · [int32 partition · int16 error]]
 */
export const addPartitionsToTxn: Api = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 3],
  flexibleFrom: 3,
  handle: async ({ version, body, access }, broker) => {
    const id = body.string();
    const identity = { producerId: body.int64(), epoch: body.int16() };
    const topics = body.array((r) => {
      const topic = r.string();
      const partitions = r.array(() => r.int32());
      r.tags();
      return { topic, partitions };
    });
    const wanted = topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    const exists = (topic: string, partition: number) => broker.topics.partition(topic, partition) !== undefined;
    const problemOf = (topic: string, partition: number): KafkaErrorName | undefined => {
      if (!access.may('Topic:Write', topic)) return 'TOPIC_AUTHORIZATION_FAILED';
      return exists(topic, partition) ? undefined : 'UNKNOWN_TOPIC_OR_PARTITION';
    };
    const allFit = wanted.every(({ topic, partition }) => problemOf(topic, partition) === undefined);
    const mayUseId = access.may('TransactionalId:Write', id);
    const names = wanted.map(({ topic, partition }) => partitionName(topic, partition));
    const error =
      mayUseId && allFit
        ? await orUnavailable(broker.transactions.addPartitions(id, identity, names, broker.now()), broker)
        : 'OPERATION_NOT_ATTEMPTED';
    return (writer) => {
      writer.int32(0);
      writer.array(topics, ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, (partition) => {
          const own = problemOf(topic, partition) ?? fencedError(error, version);
          const shown = mayUseId ? own : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
          w.int32(partition).int16(errorCode(shown)).tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};
