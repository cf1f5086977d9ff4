import type { Collector } from '@millrace/contracts';

/** The newest watermark that waits behind rows which are held back: only the newest counts, and late is safe. */
export class HeldWatermark {
  #timestamp: number | undefined;

  hold(timestamp: number): void {
    this.#timestamp = timestamp;
  }

  release(out: Collector): void {
    if (this.#timestamp === undefined) return;
    const timestamp = this.#timestamp;
    this.#timestamp = undefined;
    out.emitWatermark(timestamp);
  }
}
