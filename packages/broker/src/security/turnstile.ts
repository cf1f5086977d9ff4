/** Lets so many through at a time; the others wait in the order in which they came. */
export class Turnstile {
  private readonly atATime: number;
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(atATime: number) {
    this.atATime = atATime;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.atATime) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.inside++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.inside--;
      else next();
    }
  }
}
