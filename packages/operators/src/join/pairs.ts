/** Pairs of rows by number: candidates, then those that passed. Grows, and is used again. */
export class Pairs {
  /** Of the batch at hand. */
  own = new Int32Array(1024);
  /** Remembered ones. */
  other = new Int32Array(1024);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  push(own: number, other: number): void {
    if (this.size === this.own.length) this.#grow();
    this.own[this.size] = own;
    this.other[this.size++] = other;
  }

  #grow(): void {
    for (const side of ['own', 'other'] as const) {
      const larger = new Int32Array(this.size * 2);
      larger.set(this[side]);
      this[side] = larger;
    }
  }
}
