import { type RecordBatch, selectedCount } from '@millrace/batch';
import type { MetricGroup, SinkWriter } from '@millrace/contracts';
import type { CheckpointId, Guarantee, OperatorId } from '@millrace/model';
import type { OperatorSnapshot } from '../messages.ts';
import type { Receiver } from './receiver.ts';

/**
 * A sink at the end of a chain. The chain hands batches over synchronously; the task loop then drains them into
 * the writer one by one, so calls never overlap and a slow outside world stops the loop.
 *
 * Sealed output stays listed until the master says that a checkpoint holding it is complete: what was sealed
 * for a checkpoint that failed is committed with the next one.
 */
export class SinkDriver implements Receiver {
  readonly operator: OperatorId;
  readonly #writer: SinkWriter;
  readonly #guarantee: Guarantee;
  readonly #metrics: MetricGroup;
  readonly #takes: 'results' | 'dead letters';
  #queue: RecordBatch[] = [];
  #sealed: OperatorSnapshot['committables'] = [];

  constructor(
    operator: OperatorId,
    writer: SinkWriter,
    guarantee: Guarantee,
    metrics: MetricGroup,
    takes: 'results' | 'dead letters',
  ) {
    this.operator = operator;
    this.#writer = writer;
    this.#guarantee = guarantee;
    this.#metrics = metrics;
    this.#takes = takes;
    // A sink that was given nothing yet has written none, which is known.
    if (takes === 'results') metrics.count('records_written_total', 0);
  }

  process(batch: RecordBatch): void {
    if (selectedCount(batch) > 0) this.#queue.push(batch);
  }

  onWatermark(): void {}

  onIdle(): void {}

  get hasQueued(): boolean {
    return this.#queue.length > 0;
  }

  async drain(): Promise<void> {
    const batches = this.#queue;
    this.#queue = [];
    for (const batch of batches) {
      const written = this.#writer.write(batch);
      if (written !== undefined) await written;
      this.#metrics.count('records_out_total', selectedCount(batch));
      if (this.#takes === 'results') this.#metrics.count('records_written_total', selectedCount(batch));
    }
  }

  /** At a barrier, after `drain`. */
  async seal(checkpoint: CheckpointId): Promise<OperatorSnapshot['committables']> {
    await this.#writer.flush();
    if (this.#guarantee === 'exactly-once') {
      const committables = await this.#writer.prepareCommit();
      this.#sealed = [...this.#sealed, ...committables.map((committable) => ({ checkpoint, committable }))];
    }
    return this.#sealed;
  }

  onCheckpointComplete(checkpoint: CheckpointId): void {
    this.#sealed = this.#sealed.filter((sealed) => sealed.checkpoint > checkpoint);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}
