/** The slots that rows of one batch go to, each once, in the order they come, with the first row of each. */
export class Touched {
  slots = new Int32Array(0);
  firstRows = new Int32Array(0);
  count = 0;
  #seen = new Int32Array(64);
  #turn = 0;

  /** Of `rows`, row `rows[i]` going to `slots[i]`; slots are below `size`. */
  collect(rows: Int32Array, slots: Int32Array, size: number): void {
    if (this.#seen.length < size || this.#turn === 0x7fff_ffff) {
      this.#seen = new Int32Array(Math.max(size, Math.min(this.#seen.length * 2, size * 2)));
      this.#turn = 0;
    }
    if (this.slots.length < rows.length) {
      this.slots = new Int32Array(rows.length * 2);
      this.firstRows = new Int32Array(rows.length * 2);
    }
    const seen = this.#seen;
    const turn = ++this.#turn;
    let count = 0;
    for (let at = 0; at < rows.length; at++) {
      const slot = slots[at] ?? 0;
      if (seen[slot] === turn) continue;
      seen[slot] = turn;
      this.slots[count] = slot;
      this.firstRows[count++] = rows[at] ?? 0;
    }
    this.count = count;
  }
}
