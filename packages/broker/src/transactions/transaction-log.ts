import { join } from 'node:path';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';
import { TRANSACTION_MOVES, type Transaction } from './transaction.ts';

/** One line of `transactions.journal`. */
type Entry =
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'forget'; readonly id: string }
  | { readonly kind: 'producer-ids'; readonly reservedTo: number };

const PRODUCER_ID_BLOCK = 1000;

/** What is remembered about transactional ids and producer ids, durable; the coordinator decides, this keeps. */
export class TransactionLog {
  private readonly byId = new Map<string, Transaction>();
  private readonly idByProducer = new Map<number, string>();
  private readonly journal: Journal<Entry>;
  private nextProducerId: number;
  private reservedTo = 0;

  constructor(options: { readonly dataDir: string; readonly flush: FlushPolicy; readonly onSync: () => void }) {
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

  ofProducer(producerId: number): Transaction | undefined {
    return this.byId.get(this.idByProducer.get(producerId) ?? '');
  }

  /** Replaces what is known about an id; durable when the promise resolves. */
  save(transaction: Transaction): Promise<void> {
    const before = this.byId.get(transaction.id)?.status ?? 'empty';
    if (!TRANSACTION_MOVES[before].includes(transaction.status)) {
      throw new Error(`transaction ${transaction.id}: ${before} -> ${transaction.status}`);
    }
    return this.write({ kind: 'transaction', transaction });
  }

  /** Resolves when everything that is known is on the disk; rejects when the disk has failed. */
  durable(): Promise<void> {
    return this.journal.flush();
  }

  forget(id: string): Promise<void> {
    return this.write({ kind: 'forget', id });
  }

  /** A producer id that was never handed out. It may be told to a client once {@link reserveProducerIds} resolved. */
  newProducerId(): number {
    return this.nextProducerId++;
  }

  /** Makes sure no id handed out so far is handed out again after a restart. */
  async reserveProducerIds(): Promise<void> {
    if (this.nextProducerId <= this.reservedTo) return;
    await this.write({ kind: 'producer-ids', reservedTo: this.nextProducerId + PRODUCER_ID_BLOCK });
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private write(entry: Entry): Promise<void> {
    return this.journal.append(entry);
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
