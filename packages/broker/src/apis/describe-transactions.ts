import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Access } from '../security/access.ts';
import { splitPartition, type Transaction } from '../transactions/transaction.ts';
import type { Api, BrokerState } from './api.ts';
import { KAFKA_TRANSACTION_STATES } from './list-transactions.ts';

/**
 * DescribeTransactions (65), v0.
 *
 *     request   [string transactionalId]
 *     response  int32 throttleMs
 *               · [int16 error · string transactionalId · string state · int32 timeoutMs · int64 startedAt · int64 producerId
 *                 · int16 epoch · [string topic · [int32 partition]]]
 */
export const describeTransactions: Api = {
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexibleFrom: 0,
  handle: ({ body, access }, broker) => {
    const found = body.array((r) => r.string()).map((id) => ({ id, ...find(id, access, broker) }));
    return (writer) => {
      writer.int32(0);
      writer.array(found, ({ id, error, transaction }, w) => {
        w.int16(errorCode(error)).string(id);
        w.string(transaction === undefined ? '' : KAFKA_TRANSACTION_STATES[transaction.status]);
        w.int32(transaction?.timeoutMs ?? 0).int64(transaction === undefined ? 0 : startedAtMs(transaction));
        w.int64(transaction?.producerId ?? 0).int16(transaction?.epoch ?? 0);
        w.array(transaction === undefined ? [] : topicsOf(transaction, access), ([topic, partitions]) => {
          w.string(topic)
            .array(partitions, (partition) => w.int32(partition))
            .tags();
        });
        w.tags();
      });
      writer.tags();
    };
  },
};

function find(
  id: string,
  access: Access,
  broker: BrokerState,
): { readonly error: KafkaErrorName; readonly transaction: Transaction | undefined } {
  if (!access.may('TransactionalId:Describe', id)) {
    return { error: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', transaction: undefined };
  }
  const transaction = broker.transactions.get(id);
  return { error: transaction === undefined ? 'TRANSACTIONAL_ID_NOT_FOUND' : 'NONE', transaction };
}

/** A producer that was only initialised has no transaction that could have a start. */
function startedAtMs(transaction: Transaction): number {
  return transaction.status === 'empty' ? -1 : transaction.startedAtMs;
}

/** Topics the client may not see are left out. */
function topicsOf({ partitions }: Transaction, access: Access): [topic: string, partitions: number[]][] {
  const topics = new Map<string, number[]>();
  for (const name of partitions) {
    const { topic, partition } = splitPartition(name);
    if (access.may('Topic:Describe', topic)) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  }
  return [...topics];
}
