/** Tells waiters that something arrived; what arrives while nobody waits is told to the next one. */
export class Arrivals {
  #isNew = false;
  #waiters = new Set<() => void>();

  ring(): void {
    this.#isNew = true;
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const wake of waiters) wake();
  }

  /** What came so far was looked at. */
  seen(): void {
    this.#isNew = false;
  }

  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#isNew) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.delete(wake);
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.add(wake);
    });
  }
}
