/** Kafka's transaction states, without those of a coordinator that moves between brokers. */
export type TransactionStatus =
  | 'empty'
  | 'ongoing'
  | 'prepare-commit'
  | 'prepare-abort'
  | 'complete-commit'
  | 'complete-abort';

/** Which status may follow which. Initialising the id again leads from every settled status to `empty`. */
export const TRANSACTION_MOVES: Readonly<Record<TransactionStatus, readonly TransactionStatus[]>> = {
  empty: ['empty', 'ongoing'],
  ongoing: ['ongoing', 'prepare-commit', 'prepare-abort'],
  'prepare-commit': ['complete-commit'],
  'prepare-abort': ['complete-abort'],
  'complete-commit': ['empty', 'ongoing'],
  'complete-abort': ['empty', 'ongoing'],
};

/** Who produces: a producer id and the epoch that fences its predecessors. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

/** What is known about one transactional id. The whole of it is written at every change. */
export interface Transaction {
  readonly id: string;
  readonly producerId: number;
  readonly epoch: number;
  /** The epoch before the last bump that the producer itself asked for: repeating that request repeats its answer (KIP-360). */
  readonly formerEpoch?: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  /** `topic:partition` of everything that was written to. */
  readonly partitions: readonly string[];
  readonly groups: readonly string[];
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
}

/** The state of an id whose producer was just given its identity. */
export function freshTransaction(
  id: string,
  identity: ProducerIdentity,
  timeoutMs: number,
  nowMs: number,
): Transaction {
  const idle = { status: 'empty', partitions: [], groups: [] } as const;
  return { id, ...identity, timeoutMs, ...idle, startedAtMs: nowMs, updatedAtMs: nowMs };
}

/** Whether a transaction is being ended right now; its id answers CONCURRENT_TRANSACTIONS meanwhile. */
export function isPreparing(transaction: Transaction): boolean {
  return transaction.status === 'prepare-commit' || transaction.status === 'prepare-abort';
}

/** Whether the producer asked for less time than the transaction has been open. */
export function isLate(transaction: Transaction, nowMs: number): boolean {
  return transaction.status === 'ongoing' && nowMs - transaction.startedAtMs > transaction.timeoutMs;
}

/** How a partition is named inside a transaction. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

/** The reverse of {@link partitionName}. */
export function splitPartition(name: string): { readonly topic: string; readonly partition: number } {
  const at = name.lastIndexOf(':');
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}
