/** One waiter and many callers: a call while nobody waits is kept, two calls count as one. */
export class Wake {
  #called = false;
  #resume: (() => void) | undefined;

  call(): void {
    this.#called = true;
    this.#resume?.();
  }

  /** Returns when called, when `ms` have passed or when the signal aborts, whichever is first. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#called && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        this.#resume = done;
      });
      this.#resume = undefined;
    }
    this.#called = false;
  }
}
