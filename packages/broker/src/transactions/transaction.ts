import type { KafkaErrorName } from '@millrace/kafka-protocol';

type TransactionStatus =
  | 'empty'
  | 'ongoing'
  | 'prepare-commit'
  | 'prepare-abort'
  | 'complete-commit'
  | 'complete-abort';

/** What is known about one transactional id. The whole of it is written at every change. */
export interface Transaction {
  readonly id: string;
  readonly producerId: number;
  readonly epoch: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  /** `topic:partition` of everything that was written to. */
  readonly partitions: readonly string[];
  readonly groups: readonly string[];
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
}

/** Epochs are int16; the last ones are left so that an abort can still fence. */
const EPOCH_MAX = 32_766;

export type EndDecision =
  | {
      readonly kind: 'prepare';
      readonly status: 'prepare-commit' | 'prepare-abort';
    }
  | { readonly kind: 'answer'; readonly error: KafkaErrorName };

/** Whether a transaction is being ended right now; its id answers CONCURRENT_TRANSACTIONS meanwhile. */
export function isPreparing(transaction: Transaction): boolean {
  return transaction.status === 'prepare-commit' || transaction.status === 'prepare-abort';
}

/** Whether the request comes from the producer that owns the id now. */
export function findFence(
  transaction: Transaction | undefined,
  producerId: number,
  epoch: number,
): KafkaErrorName | undefined {
  if (transaction === undefined || transaction.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
  return transaction.epoch === epoch ? undefined : 'INVALID_PRODUCER_EPOCH';
}

/**
 * What EndTxn does. Repeating the same outcome is answered with success, so that a committer that lost an answer (or was
 * killed) may simply ask again; the opposite outcome is refused for ever.
 */
export function decideEnd(transaction: Transaction, commit: boolean): EndDecision {
  switch (transaction.status) {
    case 'ongoing':
      return {
        kind: 'prepare',
        status: commit ? 'prepare-commit' : 'prepare-abort',
      };
    case 'complete-commit':
      return { kind: 'answer', error: commit ? 'NONE' : 'INVALID_TXN_STATE' };
    case 'complete-abort':
      return { kind: 'answer', error: commit ? 'INVALID_TXN_STATE' : 'NONE' };
    case 'prepare-commit':
      return {
        kind: 'answer',
        error: commit ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE',
      };
    case 'prepare-abort':
      return {
        kind: 'answer',
        error: commit ? 'INVALID_TXN_STATE' : 'CONCURRENT_TRANSACTIONS',
      };
    case 'empty':
      return { kind: 'answer', error: 'INVALID_TXN_STATE' };
  }
}

/** The identity of the next producer of an id: one epoch further, or a new producer id when epochs run out. */
export function nextIdentity(
  transaction: Transaction,
  newProducerId: () => number,
): { readonly producerId: number; readonly epoch: number } {
  return transaction.epoch >= EPOCH_MAX
    ? { producerId: newProducerId(), epoch: 0 }
    : { producerId: transaction.producerId, epoch: transaction.epoch + 1 };
}
