import { join } from 'node:path';
import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';
import type { GroupOffsets } from '../groups/group-offsets.ts';
import type { Topics } from '../log/topics.ts';
import { decideEnd, findFence, isPreparing, nextIdentity, type Transaction } from './transaction.ts';

/** One line of `transactions.journal`. */
type Entry =
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'forget'; readonly id: string }
  | { readonly kind: 'producer-ids'; readonly reservedTo: number };

export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

const PRODUCER_ID_BLOCK = 1000;

/**
 * The transaction coordinator.
 *
 * Ending a transaction is: PREPARE durable, then the markers durable in every partition, then the group offsets, then
 * COMPLETE durable, then the answer. A broker that dies in between finds PREPARE at start and goes on from there; each
 * step may be done twice. Registering a partition is durable before it is answered, so a journal that still says COMPLETE
 * or PREPARE of an older transaction can never meet data of a newer one.
 */
export class Transactions {
  private readonly byId = new Map<string, Transaction>();
  private readonly idByProducer = new Map<number, string>();
  private readonly journal: Journal<Entry>;
  private readonly topics: Topics;
  private readonly offsets: GroupOffsets;
  private readonly timeoutMsMax: number;
  private nextProducerId = 0;
  private reservedTo = 0;

  constructor(options: {
    readonly dataDir: string;
    readonly flush: FlushPolicy;
    readonly onSync: () => void;
    readonly topics: Topics;
    readonly offsets: GroupOffsets;
    readonly timeoutMsMax: number;
  }) {
    this.topics = options.topics;
    this.offsets = options.offsets;
    this.timeoutMsMax = options.timeoutMsMax;
    this.journal = new Journal<Entry>({
      path: join(options.dataDir, 'transactions.journal'),
      flush: options.flush,
      replay: (entry) => this.apply(entry),
      snapshot: () => this.snapshot(),
      onSync: options.onSync,
    });
    this.nextProducerId = this.reservedTo;
  }

  all(): Transaction[] {
    return [...this.byId.values()];
  }

  get(id: string): Transaction | undefined {
    return this.byId.get(id);
  }

  /** Finishes what a crash interrupted. Called once, before the first connection is accepted. */
  async rollForward(nowMs: number): Promise<void> {
    for (const transaction of this.all()) if (isPreparing(transaction)) await this.complete(transaction, nowMs);
  }

  /** Gives an identity to a producer, fencing whoever had the transactional id before. */
  async initProducer(request: {
    readonly transactionalId: string | null;
    readonly timeoutMs: number;
    /** What the producer believes to be, or -1: it recovers from an error without losing its place (KIP-360). */
    readonly current: ProducerIdentity;
    readonly nowMs: number;
  }): Promise<ProducerIdentity | KafkaErrorName> {
    const { transactionalId: id, timeoutMs, current, nowMs } = request;
    if (id === null) {
      const producerId = this.newProducerId();
      await this.reserveProducerIds();
      return { producerId, epoch: 0 };
    }
    if (id === '') return 'INVALID_REQUEST';
    if (timeoutMs <= 0 || timeoutMs > this.timeoutMsMax) return 'INVALID_TRANSACTION_TIMEOUT';
    let transaction = this.byId.get(id);
    if (transaction === undefined) {
      const producerId = this.newProducerId();
      await this.reserveProducerIds();
      if (this.byId.has(id)) return 'CONCURRENT_TRANSACTIONS';
      const identity = { producerId, epoch: 0 };
      await this.save(fresh(id, identity, timeoutMs, nowMs));
      return identity;
    }
    if (current.producerId >= 0 && findFence(transaction, current.producerId, current.epoch) !== undefined) {
      return 'PRODUCER_FENCED';
    }
    if (isPreparing(transaction)) return 'CONCURRENT_TRANSACTIONS';
    if (transaction.status === 'ongoing') {
      await this.fenceAndAbort(transaction, nowMs);
      transaction = this.byId.get(id) ?? transaction;
      if (transaction.status !== 'complete-abort') return 'CONCURRENT_TRANSACTIONS';
    }
    const identity = nextIdentity(transaction, () => this.newProducerId());
    await Promise.all([this.reserveProducerIds(), this.save(fresh(id, identity, timeoutMs, nowMs))]);
    return identity;
  }

  addPartitions(
    id: string,
    identity: ProducerIdentity,
    partitions: readonly string[],
    nowMs: number,
  ): Promise<KafkaErrorName> {
    return this.extend(id, identity, nowMs, (t) => ({
      partitions: union(t.partitions, partitions),
    }));
  }

  addGroup(id: string, identity: ProducerIdentity, group: string, nowMs: number): Promise<KafkaErrorName> {
    return this.extend(id, identity, nowMs, (t) => ({
      groups: union(t.groups, [group]),
    }));
  }

  /** Why offsets may not join the transaction; undefined when they may. */
  findOffsetsError(id: string, identity: ProducerIdentity, group: string): KafkaErrorName | undefined {
    const transaction = this.byId.get(id);
    const fence = findFence(transaction, identity.producerId, identity.epoch);
    if (fence !== undefined || transaction === undefined) return fence;
    return transaction.status === 'ongoing' && transaction.groups.includes(group) ? undefined : 'INVALID_TXN_STATE';
  }

  /** Why a transactional batch may not be appended; undefined when it may. */
  findProduceError(identity: ProducerIdentity, partition: string): KafkaErrorName | undefined {
    const transaction = this.byId.get(this.idByProducer.get(identity.producerId) ?? '');
    if (transaction === undefined) return 'INVALID_PRODUCER_ID_MAPPING';
    if (identity.epoch !== transaction.epoch) return 'INVALID_PRODUCER_EPOCH';
    const open = transaction.status === 'ongoing' && transaction.partitions.includes(partition);
    return open ? undefined : 'INVALID_TXN_STATE';
  }

  async end(id: string, identity: ProducerIdentity, commit: boolean, nowMs: number): Promise<KafkaErrorName> {
    const transaction = this.byId.get(id);
    const fence = findFence(transaction, identity.producerId, identity.epoch);
    if (fence !== undefined || transaction === undefined) return fence ?? 'INVALID_PRODUCER_ID_MAPPING';
    const decision = decideEnd(transaction, commit);
    if (decision.kind === 'answer') return decision.error;
    const prepared = {
      ...transaction,
      status: decision.status,
      updatedAtMs: nowMs,
    };
    await this.save(prepared);
    await this.complete(prepared, nowMs);
    return 'NONE';
  }

  /** Aborts what has been open for longer than its producer asked for, and fences that producer. */
  async abortTimedOut(nowMs: number): Promise<void> {
    const late = this.all().filter((t) => t.status === 'ongoing' && nowMs - t.startedAtMs > t.timeoutMs);
    await Promise.all(late.map((transaction) => this.fenceAndAbort(transaction, nowMs)));
  }

  /** Forgets ids that nobody has used since `beforeMs`. */
  async expire(beforeMs: number): Promise<void> {
    for (const { id, status, updatedAtMs } of this.all()) {
      if (status === 'ongoing' || updatedAtMs >= beforeMs) continue;
      const entry: Entry = { kind: 'forget', id };
      this.apply(entry);
      await this.journal.append(entry);
    }
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private async extend(
    id: string,
    identity: ProducerIdentity,
    nowMs: number,
    change: (transaction: Transaction) => Partial<Transaction>,
  ): Promise<KafkaErrorName> {
    const transaction = this.byId.get(id);
    const fence = findFence(transaction, identity.producerId, identity.epoch);
    if (fence !== undefined || transaction === undefined) return fence ?? 'INVALID_PRODUCER_ID_MAPPING';
    if (isPreparing(transaction)) return 'CONCURRENT_TRANSACTIONS';
    const open: Transaction =
      transaction.status === 'ongoing'
        ? transaction
        : {
            ...transaction,
            status: 'ongoing',
            partitions: [],
            groups: [],
            startedAtMs: nowMs,
          };
    await this.save({ ...open, ...change(open), updatedAtMs: nowMs });
    return 'NONE';
  }

  private async fenceAndAbort(transaction: Transaction, nowMs: number): Promise<void> {
    const epoch = transaction.epoch + 1;
    const prepared: Transaction = {
      ...transaction,
      epoch,
      status: 'prepare-abort',
      updatedAtMs: nowMs,
    };
    await this.save(prepared);
    await this.complete(prepared, nowMs);
  }

  private async complete(prepared: Transaction, nowMs: number): Promise<void> {
    const { producerId, epoch, status } = prepared;
    const commit = status === 'prepare-commit';
    const open = prepared.partitions.flatMap((name) => {
      const { topic, partition } = splitPartition(name);
      const log = this.topics.partition(topic, partition);
      // Nothing open: no data was written there, or the marker was before the crash.
      return log === undefined || (log.producer(producerId)?.openFrom ?? null) === null ? [] : [log];
    });
    const marker = commit ? 'commit' : 'abort';
    await Promise.all(open.map((log) => log.appendMarker(marker, producerId, epoch, nowMs)));
    await Promise.all(prepared.groups.map((group) => this.offsets.endTransaction(group, producerId, commit)));
    await this.save({
      ...prepared,
      status: commit ? 'complete-commit' : 'complete-abort',
      partitions: [],
      groups: [],
      updatedAtMs: nowMs,
    });
  }

  private save(transaction: Transaction): Promise<void> {
    const entry: Entry = { kind: 'transaction', transaction };
    this.apply(entry);
    return this.journal.append(entry);
  }

  private newProducerId(): number {
    return this.nextProducerId++;
  }

  /** Makes sure no id handed out so far is handed out again after a restart. */
  private async reserveProducerIds(): Promise<void> {
    if (this.nextProducerId <= this.reservedTo) return;
    const entry: Entry = {
      kind: 'producer-ids',
      reservedTo: this.nextProducerId + PRODUCER_ID_BLOCK,
    };
    this.apply(entry);
    await this.journal.append(entry);
  }

  private apply(entry: Entry): void {
    switch (entry.kind) {
      case 'transaction': {
        const { id, producerId } = entry.transaction;
        const former = this.byId.get(id);
        if (former !== undefined && former.producerId !== producerId) this.idByProducer.delete(former.producerId);
        this.byId.set(id, entry.transaction);
        this.idByProducer.set(producerId, id);
        return;
      }
      case 'forget': {
        const former = this.byId.get(entry.id);
        if (former !== undefined) this.idByProducer.delete(former.producerId);
        this.byId.delete(entry.id);
        return;
      }
      case 'producer-ids':
        this.reservedTo = entry.reservedTo;
        return;
    }
  }

  private *snapshot(): Iterable<Entry> {
    yield { kind: 'producer-ids', reservedTo: this.reservedTo };
    for (const transaction of this.byId.values()) yield { kind: 'transaction', transaction };
  }
}

/** How a partition is named inside a transaction. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

function splitPartition(name: string): {
  readonly topic: string;
  readonly partition: number;
} {
  const at = name.lastIndexOf(':');
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}

function fresh(id: string, identity: ProducerIdentity, timeoutMs: number, nowMs: number): Transaction {
  const { producerId, epoch } = identity;
  return {
    id,
    producerId,
    epoch,
    timeoutMs,
    status: 'empty',
    partitions: [],
    groups: [],
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}
