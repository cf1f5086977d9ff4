/** What a task sleeps on: rung by an arriving element, a message, freed credit or a clock tick. Never loses a ring. */
export class WakeUp {
  #rung = false;
  #resolve: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.();
  }

  /** Resolves at the next ring, or at once when one came since the last wait. One waiter. */
  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#rung = false;
  }
}
