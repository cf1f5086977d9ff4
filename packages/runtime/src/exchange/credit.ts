/**
 * Flow control of one channel, sender's side: the receiver grants bytes, sending takes them. The balance may
 * go below zero by one element, because an element is never cut; a balance above zero means `ready`.
 * After Flink's credit-based flow control, counted in bytes instead of buffers.
 */
export class Credit {
  #balance = 0;
  #broken: Error | undefined;
  readonly #waiting = new Set<() => void>();

  get ready(): boolean {
    return this.#broken === undefined && this.#balance > 0;
  }

  get broken(): Error | undefined {
    return this.#broken;
  }

  take(bytes: number): void {
    this.#balance -= bytes;
  }

  grant(bytes: number): void {
    this.#balance += bytes;
    if (this.ready) this.#wake();
  }

  /** From now on never ready; those who wait are told why. The first reason stays. */
  break(error: Error): void {
    this.#broken ??= error;
    this.#wake();
  }

  /** Resolves when ready; rejects with the break or with the signal's reason. */
  async whenReady(signal: AbortSignal): Promise<void> {
    while (!this.ready) {
      signal.throwIfAborted();
      if (this.#broken !== undefined) throw this.#broken;
      await this.#changed(signal);
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** What a receiver gives each channel to begin with; bounds what one channel can hold unread. */
export const CHANNEL_CREDIT_BYTES = 1 << 20;
