import { errorCode } from '@millrace/kafka-protocol';
import { partitionName } from '../transactions/transaction.ts';
import type { Api } from './api.ts';
import { fencedError } from './fenced-error.ts';

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
  handle: async ({ version, body }, broker) => {
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
    const allExist = wanted.every(({ topic, partition }) => exists(topic, partition));
    const names = wanted.map(({ topic, partition }) => partitionName(topic, partition));
    const error = allExist
      ? await broker.transactions.addPartitions(id, identity, names, broker.now())
      : 'OPERATION_NOT_ATTEMPTED';
    return (writer) => {
      writer.int32(0);
      writer.array(topics, ({ topic, partitions }, w) => {
        w.string(topic);
        w.array(partitions, (partition) => {
          const own = exists(topic, partition) ? fencedError(error, version) : 'UNKNOWN_TOPIC_OR_PARTITION';
          w.int32(partition).int16(errorCode(own)).tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};
