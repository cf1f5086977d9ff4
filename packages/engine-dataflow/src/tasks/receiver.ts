import type { RecordBatch } from '@millrace/batch';
import type { Collector, RejectedRows } from '@millrace/contracts';

/** Whatever can stand behind an operator in a chain: another operator, a sink, or an edge to other tasks. */
export interface Receiver {
  process(batch: RecordBatch): void;
  onWatermark(timestamp: number): void;
  onIdle(idle: boolean): void;
}

/** The collector of one node: gives everything to each of its readers, as plain function calls. */
export class FanOut implements Collector {
  readonly #readers: Receiver[] = [];
  /** Whoever puts rows aside; undefined: nobody does. */
  onRejected: ((rejected: RejectedRows) => boolean) | undefined;
  /** The last one given out; undefined before the first. */
  watermark: number | undefined;

  add(reader: Receiver): void {
    this.#readers.push(reader);
  }

  emit(batch: RecordBatch): void {
    for (const reader of this.#readers) reader.process(batch);
  }

  emitWatermark(timestamp: number): void {
    this.watermark = timestamp;
    for (const reader of this.#readers) reader.onWatermark(timestamp);
  }

  emitIdle(idle: boolean): void {
    for (const reader of this.#readers) reader.onIdle(idle);
  }

  reject(rejected: RejectedRows): boolean {
    return this.onRejected?.(rejected) ?? false;
  }
}
