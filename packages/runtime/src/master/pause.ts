import type { Clock } from '@millrace/contracts';

/** A sleep that others may end early. One sleeper; ending it when nobody sleeps cuts the next sleep short. */
export class Pause {
  readonly #clock: Clock;
  #sleeping: AbortController | undefined;
  #endNext = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  end(): void {
    if (this.#sleeping === undefined) this.#endNext = true;
    else this.#sleeping.abort();
  }

  /** Resolves after `ms`, when ended, or when the signal aborts: the caller asks the signal. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#endNext || signal.aborted) {
      this.#endNext = false;
      return;
    }
    const sleeping = new AbortController();
    const abort = (): void => sleeping.abort();
    this.#sleeping = sleeping;
    signal.addEventListener('abort', abort, { once: true });
    await this.#clock.sleep(ms, sleeping.signal).catch(() => {});
    signal.removeEventListener('abort', abort);
    this.#sleeping = undefined;
  }
}
