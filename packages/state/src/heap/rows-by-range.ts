import { keyGroupOf } from '@millrace/batch';
import type { KeyGroupRange } from '@millrace/model';

/** The rows of tables by the range of key groups they lie in, told apart once per table for all ranges. */
export class RowsByRange {
  readonly #ranges: readonly KeyGroupRange[];
  readonly #maxParallelism: number;
  readonly #rangeOf: Int32Array;
  readonly #known = new Map<Int32Array, readonly Int32Array[]>();

  /** `ranges` do not overlap. */
  constructor(ranges: readonly KeyGroupRange[], maxParallelism: number) {
    this.#ranges = ranges;
    this.#maxParallelism = maxParallelism;
    this.#rangeOf = new Int32Array(maxParallelism).fill(-1);
    for (const [at, { first, last }] of ranges.entries()) this.#rangeOf.fill(at, first, last + 1);
  }

  /** Of the rows with these hashes those in the `at`-th range, ascending. */
  of(hashes: Int32Array, at: number): Int32Array {
    let rows = this.#known.get(hashes);
    if (rows === undefined) {
      rows = this.#split(hashes);
      this.#known.set(hashes, rows);
    }
    return rows[at] ?? new Int32Array(0);
  }

  #split(hashes: Int32Array): readonly Int32Array[] {
    const ranges = new Int32Array(hashes.length);
    const counts = new Int32Array(this.#ranges.length);
    for (let row = 0; row < hashes.length; row++) {
      const range = this.#rangeOf[keyGroupOf(hashes[row] ?? 0, this.#maxParallelism)] ?? -1;
      ranges[row] = range;
      if (range >= 0) counts[range] = (counts[range] ?? 0) + 1;
    }
    const found = Array.from(counts, (count) => new Int32Array(count));
    counts.fill(0);
    for (let row = 0; row < hashes.length; row++) {
      const range = ranges[row] ?? -1;
      const rows = found[range];
      const count = counts[range] ?? 0;
      if (rows === undefined) continue;
      rows[count] = row;
      counts[range] = count + 1;
    }
    return found;
  }
}
