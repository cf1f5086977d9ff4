/** What the inputs of one node have promised together: the minimum over those that are not idle, never going back. */
export class InputWatermarks {
  readonly #marks: number[];
  readonly #idle: boolean[];
  #combined = Number.NEGATIVE_INFINITY;
  #allIdle = false;

  constructor(inputs: number) {
    this.#marks = new Array<number>(inputs).fill(Number.NEGATIVE_INFINITY);
    this.#idle = new Array<boolean>(inputs).fill(false);
  }

  /** The new combined watermark, when it advanced. */
  advance(input: number, timestamp: number): number | undefined {
    this.#marks[input] = Math.max(timestamp, this.#marks[input] ?? timestamp);
    return this.#combine();
  }

  /** `idle` is defined when the node as a whole changed; its watermark may advance because a slow input left. */
  setIdle(
    input: number,
    idle: boolean,
  ): { readonly watermark: number | undefined; readonly idle: boolean | undefined } {
    this.#idle[input] = idle;
    const allIdle = this.#idle.every(Boolean);
    const changed = allIdle === this.#allIdle ? undefined : allIdle;
    this.#allIdle = allIdle;
    return { watermark: this.#combine(), idle: changed };
  }

  #combine(): number | undefined {
    const active = this.#marks.filter((_, input) => this.#idle[input] !== true);
    const minimum = Math.min(...active);
    if (active.length === 0 || minimum <= this.#combined) return undefined;
    this.#combined = minimum;
    return minimum;
  }
}
