import { type RecordBatchView, readControlType } from '@millrace/kafka-protocol';

export type BatchFate = 'data' | 'skip';

/**
 * Read-committed on the reader's side (Kafka's CompletedFetch): brokers send the batches of aborted
 * transactions too and name them in a list. From a listed first offset on, that producer's transactional
 * batches are void until its abort marker. One per fetched partition: each response repeats what still counts.
 */
export class TransactionFilter {
  readonly #upcoming: { readonly producerId: number; readonly firstOffset: number }[];
  readonly #aborting = new Set<number>();

  constructor(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    this.#upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Batches must be shown in the order of their offsets. */
  fateOf(batch: RecordBatchView): BatchFate {
    for (let next = this.#upcoming[0]; next !== undefined; next = this.#upcoming[0]) {
      if (next.firstOffset > batch.lastOffset) break;
      this.#aborting.add(next.producerId);
      this.#upcoming.shift();
    }
    if (batch.isControl) {
      if (readControlType(batch) === 'abort') this.#aborting.delete(batch.producerId);
      return 'skip';
    }
    return batch.isTransactional && this.#aborting.has(batch.producerId) ? 'skip' : 'data';
  }
}
