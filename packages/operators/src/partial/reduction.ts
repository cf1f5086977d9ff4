/** Rows after which it is judged whether adding up by key is worth it. */
const JUDGED_ROWS = 16_384;
/** Above this many groups per row it is not: a row per group costs less as it is than through a hash table. */
const GROUPS_PER_ROW_MAX = 0.5;
/** Rows passed on as they are before it is tried again: keys change over a day. */
const PASSED_ROWS = 1_048_576;

/** Whether rows come together by key. A guess about the future from the past, kept in fields: a wrong one costs time only. */
export class Reduction {
  #rows = 0;
  #groups = 0;
  #passing = 0;

  /** Add rows up by key; false: pass them on, each as its own group. */
  get gathers(): boolean {
    return this.#passing === 0;
  }

  passed(rows: number): void {
    this.#passing = Math.max(0, this.#passing - rows);
  }

  /** What was gathered since the last flush left as `groups` rows. */
  gathered(rows: number, groups: number): void {
    this.#rows += rows;
    this.#groups += groups;
    if (this.#rows < JUDGED_ROWS) return;
    if (this.#groups > this.#rows * GROUPS_PER_ROW_MAX) this.#passing = PASSED_ROWS;
    this.#rows = 0;
    this.#groups = 0;
  }
}
