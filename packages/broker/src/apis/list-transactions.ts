import type { Transaction, TransactionStatus } from '../transactions/transaction.ts';
import type { Api } from './api.ts';

/** What Kafka calls the states. */
export const KAFKA_TRANSACTION_STATES: Readonly<Record<TransactionStatus, string>> = {
  empty: 'Empty',
  ongoing: 'Ongoing',
  'prepare-commit': 'PrepareCommit',
  'prepare-abort': 'PrepareAbort',
  'complete-commit': 'CompleteCommit',
  'complete-abort': 'CompleteAbort',
};

/** States of Kafka's coordinator that nothing here is ever in; they are no mistake in a filter. */
const NEVER_HERE = ['Dead', 'PrepareEpochFence'];

/**
 * ListTransactions (66), v0-1. Empty filters let everything pass.
 *
 *     request   [string state] · [int64 producerId] · v1+ int64 open for longer than this many ms, -1 for all
 *     response  int32 throttleMs · int16 error · [string unknown state] · [string transactionalId · int64 producerId · string state]
 */
export const listTransactions: Api = {
  key: 66,
  name: 'ListTransactions',
  versions: [0, 1],
  flexibleFrom: 0,
  handle: ({ version, body, access }, broker) => {
    const states = body.array((r) => r.string());
    const producers = body.array((r) => r.int64());
    const longerThanMs = version >= 1 ? body.int64() : -1;
    const known = [...Object.values(KAFKA_TRANSACTION_STATES), ...NEVER_HERE];
    const passes = (transaction: Transaction) =>
      (states.length === 0 || states.includes(KAFKA_TRANSACTION_STATES[transaction.status])) &&
      (producers.length === 0 || producers.includes(transaction.producerId)) &&
      (longerThanMs < 0 || broker.now() - transaction.startedAtMs > longerThanMs);
    const listed = broker.transactions
      .all()
      .filter(passes)
      .filter(({ id }) => access.may('TransactionalId:Describe', id));
    const unknown = states.filter((state) => !known.includes(state));
    return (writer) => {
      writer.int32(0).int16(0);
      writer.array(unknown, (state, w) => w.string(state));
      writer.array(listed, ({ id, producerId, status }, w) =>
        w.string(id).int64(producerId).string(KAFKA_TRANSACTION_STATES[status]).tags(),
      );
      writer.tags();
    };
  },
};
