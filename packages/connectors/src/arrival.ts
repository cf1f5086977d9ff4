/** Lets one reader wait for what background work brings. One wait at a time. */
export class Arrival {
  #arrived: () => void = () => {};

  /** Something may have become ready. */
  notify(): void {
    this.#arrived();
  }

  /** Resolves when `isReady` holds, after `waitMs`, or when the signal aborts: the caller looks which. */
  async wait(isReady: () => boolean, waitMs: number, signal: AbortSignal): Promise<void> {
    if (isReady() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#arrived = () => {};
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal.addEventListener('abort', done, { once: true });
      this.#arrived = () => {
        if (isReady()) done();
      };
    });
  }
}
