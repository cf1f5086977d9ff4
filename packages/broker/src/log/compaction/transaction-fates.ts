import { type RecordBatchView, readControlType } from '@millrace/kafka-protocol';
import type { AbortedTransaction } from '../aborted-transactions.ts';

/**
 * Follows transactions through a log that is read from its start: which batches belong to an aborted one, and which
 * markers end a transaction of which nothing is left. Kafka's CleanedTransactionMetadata. One object per reading.
 */
export class TransactionFates {
  /** Not reached yet, by first offset. */
  private readonly ahead: AbortedTransaction[];
  private readonly aborting = new Map<number, { readonly entry: AbortedTransaction; seen: boolean }>();
  private readonly committing = new Set<number>();

  /** @param aborted every aborted transaction that overlaps the part to be read, sorted by first offset */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.ahead = [...aborted];
  }

  /** Whether a data batch belongs to an aborted transaction. */
  observeData(batch: RecordBatchView): boolean {
    this.reach(batch.lastOffset);
    if (!batch.isTransactional) return false;
    const aborting = this.aborting.get(batch.producerId);
    if (aborting === undefined) this.committing.add(batch.producerId);
    else aborting.seen = true;
    return aborting !== undefined;
  }

  /**
   * What a marker ends.
   *
   * @returns `empty` when no batch of the transaction was left, so that the marker has nobody to speak to any more;
   *   `aborted` when the index must go on naming it
   */
  observeMarker(batch: RecordBatchView): { readonly empty: boolean; readonly aborted: AbortedTransaction | undefined } {
    this.reach(batch.lastOffset);
    if (readControlType(batch) === 'abort') {
      const aborting = this.aborting.get(batch.producerId);
      this.aborting.delete(batch.producerId);
      return aborting?.seen ? { empty: false, aborted: aborting.entry } : { empty: true, aborted: undefined };
    }
    return { empty: !this.committing.delete(batch.producerId), aborted: undefined };
  }

  private reach(offset: number): void {
    for (let next = this.ahead[0]; next !== undefined && next.firstOffset <= offset; next = this.ahead[0]) {
      this.aborting.set(next.producerId, { entry: next, seen: false });
      this.ahead.shift();
    }
  }
}
