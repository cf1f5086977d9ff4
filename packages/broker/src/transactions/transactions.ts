import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { FlushPolicy } from '../files/group-commit.ts';
import type { GroupOffsets } from '../groups/group-offsets.ts';
import type { Topics } from '../log/topics.ts';
import {
  freshTransaction,
  isLate,
  isPreparing,
  type ProducerIdentity,
  splitPartition,
  type Transaction,
} from './transaction.ts';
import { completed, decideEnd, decideExtend, decideInit, fenceAndAbort, findFence } from './transaction-decisions.ts';
import { TransactionLog } from './transaction-log.ts';

/**
 * The transaction coordinator: carries out what `transaction-decisions.ts` decides.
 *
 * Ending a transaction is: PREPARE durable, then the markers durable in every partition, then the group offsets, then
 * COMPLETE durable, then the answer. A broker that dies in between finds PREPARE at start and goes on from there; each
 * step may be done twice. Registering a partition is durable before it is answered, so a journal that still says COMPLETE
 * or PREPARE of an older transaction can never meet data of a newer one.
 */
export class Transactions {
  private readonly log: TransactionLog;
  private readonly topics: Topics;
  private readonly offsets: GroupOffsets;
  private readonly timeoutMsMax: number;
  /** Ids whose transaction is being prepared or completed right now. */
  private readonly completing = new Set<string>();

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
    this.log = new TransactionLog(options);
  }

  all(): Transaction[] {
    return this.log.all();
  }

  get(id: string): Transaction | undefined {
    return this.log.get(id);
  }

  /** Finishes what a crash interrupted (called before the first connection is accepted) or a full disk (called often). */
  async rollForward(nowMs: number): Promise<void> {
    for (const { id } of this.all()) {
      // Asked again for each: while another one was finished, this one may have begun anew.
      const transaction = this.log.get(id);
      if (transaction === undefined || !isPreparing(transaction) || this.completing.has(id)) continue;
      await this.alone(id, async () => {
        await this.log.durable();
        await this.carryOut(transaction, nowMs);
      });
    }
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
    if (id === null) return this.newIdentity();
    if (id === '') return 'INVALID_REQUEST';
    if (timeoutMs <= 0 || timeoutMs > this.timeoutMsMax) return 'INVALID_TRANSACTION_TIMEOUT';
    const known = this.log.get(id);
    if (known === undefined) return this.initNew(id, timeoutMs, nowMs);
    let decision = decideInit(known, current);
    if (decision.kind === 'abort-first') {
      await this.abort(known, nowMs);
      const aborted = this.log.get(id) ?? known;
      decision = decideInit(aborted, { producerId: -1, epoch: -1 });
      // Somebody else was faster.
      if (aborted.status !== 'complete-abort') return 'CONCURRENT_TRANSACTIONS';
    }
    if (decision.kind === 'refuse') return decision.error;
    if (decision.kind === 'repeat') return decision.identity;
    if (decision.kind !== 'bump') return 'CONCURRENT_TRANSACTIONS';
    const { epoch } = decision;
    const producerId = decision.producerId === 'new' ? this.log.newProducerId() : decision.producerId;
    const identity = { producerId, epoch };
    const fresh = freshTransaction(id, identity, timeoutMs, nowMs);
    const asked = current.producerId === producerId && current.epoch >= 0;
    const saved = asked ? { ...fresh, formerEpoch: current.epoch } : fresh;
    await Promise.all([this.log.reserveProducerIds(), this.log.save(saved)]);
    return identity;
  }

  addPartitions(
    id: string,
    identity: ProducerIdentity,
    partitions: readonly string[],
    nowMs: number,
  ): Promise<KafkaErrorName> {
    return this.extend(id, identity, { partitions }, nowMs);
  }

  addGroup(id: string, identity: ProducerIdentity, group: string, nowMs: number): Promise<KafkaErrorName> {
    return this.extend(id, identity, { groups: [group] }, nowMs);
  }

  /** Why offsets may not join the transaction; undefined when they may. */
  findOffsetsError(id: string, identity: ProducerIdentity, group: string): KafkaErrorName | undefined {
    const transaction = this.log.get(id);
    const fence = findFence(transaction, identity);
    if (fence !== undefined || transaction === undefined) return fence;
    return transaction.status === 'ongoing' && transaction.groups.includes(group) ? undefined : 'INVALID_TXN_STATE';
  }

  /** Why a transactional batch may not be appended; undefined when it may. */
  findProduceError(identity: ProducerIdentity, partition: string): KafkaErrorName | undefined {
    const transaction = this.log.ofProducer(identity.producerId);
    const fence = findFence(transaction, identity);
    if (fence !== undefined || transaction === undefined) return fence;
    const open = transaction.status === 'ongoing' && transaction.partitions.includes(partition);
    return open ? undefined : 'INVALID_TXN_STATE';
  }

  async end(id: string, identity: ProducerIdentity, commit: boolean, nowMs: number): Promise<KafkaErrorName> {
    const decision = decideEnd(this.log.get(id), identity, commit, nowMs);
    if (decision.kind === 'answer') return decision.error;
    await this.prepareAndComplete(decision.prepared, nowMs);
    return 'NONE';
  }

  /** Aborts what has been open for longer than its producer asked for, and fences that producer. */
  async abortTimedOut(nowMs: number): Promise<void> {
    const late = this.all().filter((transaction) => isLate(transaction, nowMs));
    await Promise.all(late.map((transaction) => this.abort(transaction, nowMs)));
  }

  /** Forgets ids that nobody has used since `beforeMs`. */
  async expire(beforeMs: number): Promise<void> {
    for (const { id, status, updatedAtMs } of this.all()) {
      if (status !== 'ongoing' && updatedAtMs < beforeMs) await this.log.forget(id);
    }
  }

  compact(): Promise<void> {
    return this.log.compact();
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private async newIdentity(): Promise<ProducerIdentity> {
    const producerId = this.log.newProducerId();
    await this.log.reserveProducerIds();
    return { producerId, epoch: 0 };
  }

  private async initNew(id: string, timeoutMs: number, nowMs: number): Promise<ProducerIdentity | KafkaErrorName> {
    const identity = await this.newIdentity();
    if (this.log.get(id) !== undefined) return 'CONCURRENT_TRANSACTIONS';
    await this.log.save(freshTransaction(id, identity, timeoutMs, nowMs));
    return identity;
  }

  private async extend(
    id: string,
    identity: ProducerIdentity,
    added: Parameters<typeof decideExtend>[2],
    nowMs: number,
  ): Promise<KafkaErrorName> {
    const decision = decideExtend(this.log.get(id), identity, added, nowMs);
    if (decision.kind === 'answer') return decision.error;
    await this.log.save(decision.extended);
    return 'NONE';
  }

  private async abort(transaction: Transaction, nowMs: number): Promise<void> {
    await this.prepareAndComplete(fenceAndAbort(transaction, nowMs), nowMs);
  }

  private prepareAndComplete(prepared: Transaction, nowMs: number): Promise<void> {
    return this.alone(prepared.id, async () => {
      await this.log.save(prepared);
      await this.carryOut(prepared, nowMs);
    });
  }

  /** Between a decision and its being durable, and until it is carried out, nobody else works on the transaction. */
  private async alone(id: string, work: () => Promise<void>): Promise<void> {
    this.completing.add(id);
    try {
      await work();
    } finally {
      this.completing.delete(id);
    }
  }

  private async carryOut(prepared: Transaction, nowMs: number): Promise<void> {
    const { producerId, epoch } = prepared;
    const commit = prepared.status === 'prepare-commit';
    const open = prepared.partitions.flatMap((name) => {
      const { topic, partition } = splitPartition(name);
      const log = this.topics.partition(topic, partition);
      // Nothing open: no data was written there, or the marker was before the crash.
      return log === undefined || (log.producer(producerId)?.openFrom ?? null) === null ? [] : [log];
    });
    const marker = commit ? 'commit' : 'abort';
    await Promise.all(open.map((log) => log.appendMarker(marker, producerId, epoch, nowMs)));
    await Promise.all(prepared.groups.map((group) => this.offsets.endTransaction(group, producerId, commit)));
    await this.log.save(completed(prepared, nowMs));
  }
}
