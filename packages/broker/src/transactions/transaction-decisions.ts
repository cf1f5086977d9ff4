import type { KafkaErrorName } from '@millrace/kafka-protocol';
import { isPreparing, type ProducerIdentity, type Transaction } from './transaction.ts';

/** Epochs are int16; the last ones are left so that an abort can still fence. */
const EPOCH_MAX = 32_766;

/** Whether the request comes from the producer that owns the id now. */
export function findFence(
  transaction: Transaction | undefined,
  identity: ProducerIdentity,
): KafkaErrorName | undefined {
  if (transaction === undefined || transaction.producerId !== identity.producerId) return 'INVALID_PRODUCER_ID_MAPPING';
  return transaction.epoch === identity.epoch ? undefined : 'INVALID_PRODUCER_EPOCH';
}

export type EndDecision =
  | { readonly kind: 'prepare'; readonly prepared: Transaction }
  | { readonly kind: 'answer'; readonly error: KafkaErrorName };

/**
 * What EndTxn does. Repeating the same outcome is answered with success, so that a committer that lost an answer (or was
 * killed) may simply ask again; the opposite outcome is refused for ever.
 */
export function decideEnd(
  transaction: Transaction | undefined,
  identity: ProducerIdentity,
  commit: boolean,
  nowMs: number,
): EndDecision {
  const fence = findFence(transaction, identity);
  if (fence !== undefined || transaction === undefined) return answer(fence ?? 'INVALID_PRODUCER_ID_MAPPING');
  switch (transaction.status) {
    case 'ongoing': {
      const status = commit ? 'prepare-commit' : 'prepare-abort';
      return { kind: 'prepare', prepared: { ...transaction, status, updatedAtMs: nowMs } };
    }
    case 'complete-commit':
      return answer(commit ? 'NONE' : 'INVALID_TXN_STATE');
    case 'complete-abort':
      return answer(commit ? 'INVALID_TXN_STATE' : 'NONE');
    case 'prepare-commit':
      return answer(commit ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE');
    case 'prepare-abort':
      return answer(commit ? 'INVALID_TXN_STATE' : 'CONCURRENT_TRANSACTIONS');
    case 'empty':
      return answer('INVALID_TXN_STATE');
  }
}

function answer(error: KafkaErrorName): { readonly kind: 'answer'; readonly error: KafkaErrorName } {
  return { kind: 'answer', error };
}

/** Aborts an open transaction for its owner's sake or against it: the epoch rises, so the owner is fenced. */
export function fenceAndAbort(transaction: Transaction, nowMs: number): Transaction {
  const { formerEpoch: _, ...fenced } = transaction;
  return { ...fenced, epoch: transaction.epoch + 1, status: 'prepare-abort', updatedAtMs: nowMs };
}

/** What remains of a transaction when every marker and every offset is in place. */
export function completed(prepared: Transaction, nowMs: number): Transaction {
  const status = prepared.status === 'prepare-commit' ? 'complete-commit' : 'complete-abort';
  return { ...prepared, status, partitions: [], groups: [], updatedAtMs: nowMs };
}

export type InitDecision =
  | { readonly kind: 'refuse'; readonly error: KafkaErrorName }
  /** Something of the id is open and is aborted first. */
  | { readonly kind: 'abort-first' }
  /** The producer asks again for the bump that it was already given. */
  | { readonly kind: 'repeat'; readonly identity: ProducerIdentity }
  /** The identity of the next producer: one epoch further, or a new producer id when epochs run out. */
  | { readonly kind: 'bump'; readonly producerId: number | 'new'; readonly epoch: number };

/**
 * What InitProducerId does with an id that is known.
 *
 * @param current what the producer believes to be; a producer id of -1 is a new start, anything else a recovery (KIP-360)
 */
export function decideInit(transaction: Transaction, current: ProducerIdentity): InitDecision {
  const { producerId, epoch, formerEpoch } = transaction;
  const repeats = current.producerId === producerId && current.epoch === formerEpoch;
  if (repeats && transaction.status === 'empty') return { kind: 'repeat', identity: { producerId, epoch } };
  if (current.producerId >= 0 && findFence(transaction, current) !== undefined) {
    return { kind: 'refuse', error: 'PRODUCER_FENCED' };
  }
  if (isPreparing(transaction)) return { kind: 'refuse', error: 'CONCURRENT_TRANSACTIONS' };
  if (transaction.status === 'ongoing') return { kind: 'abort-first' };
  return transaction.epoch >= EPOCH_MAX
    ? { kind: 'bump', producerId: 'new', epoch: 0 }
    : { kind: 'bump', producerId: transaction.producerId, epoch: transaction.epoch + 1 };
}

export type ExtendDecision =
  | { readonly kind: 'answer'; readonly error: KafkaErrorName }
  | { readonly kind: 'extend'; readonly extended: Transaction };

/** What AddPartitionsToTxn and AddOffsetsToTxn do: the first of them begins the transaction. */
export function decideExtend(
  transaction: Transaction | undefined,
  identity: ProducerIdentity,
  added: { readonly partitions?: readonly string[]; readonly groups?: readonly string[] },
  nowMs: number,
): ExtendDecision {
  const fence = findFence(transaction, identity);
  if (fence !== undefined || transaction === undefined) return answer(fence ?? 'INVALID_PRODUCER_ID_MAPPING');
  if (isPreparing(transaction)) return answer('CONCURRENT_TRANSACTIONS');
  const began = transaction.status === 'ongoing';
  const { partitions, groups } = began ? transaction : { partitions: [], groups: [] };
  return {
    kind: 'extend',
    extended: {
      ...transaction,
      status: 'ongoing',
      partitions: union(partitions, added.partitions ?? []),
      groups: union(groups, added.groups ?? []),
      startedAtMs: began ? transaction.startedAtMs : nowMs,
      updatedAtMs: nowMs,
    },
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}
