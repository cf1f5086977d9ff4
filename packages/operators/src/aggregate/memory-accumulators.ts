import type { AccumulatorKind } from '@millrace/contracts';
import type { Accumulators } from './accumulation.ts';

type Held = Float64Array | Int32Array | unknown[];

/** Accumulators outside of state: for what one batch makes, and what can be made again from remembered rows. */
export class MemoryAccumulators implements Accumulators {
  readonly #held: Held[];
  #size = 0;

  constructor(kinds: readonly AccumulatorKind[], size: number) {
    this.#held = kinds.map((kind) =>
      kind === 'float64' ? new Float64Array(size) : kind === 'int32' ? new Int32Array(size) : [],
    );
    this.grow(size);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes room for `size` slots; new ones are 0 or undefined. Arrays may be reallocated: read them after it. */
  grow(size: number): void {
    if (size <= this.#size) return;
    for (const [at, held] of this.#held.entries()) {
      if (Array.isArray(held)) while (held.length < size) held.push(undefined);
      else if (held.length < size) this.#held[at] = larger(held, size);
    }
    this.#size = size;
  }

  /** The slot as if it were new. */
  clear(slot: number): void {
    for (const held of this.#held) held[slot] = Array.isArray(held) ? undefined : 0;
  }

  /** Slot `at` becomes as slot `slot` of others, the first of which is their number `base`. */
  copy(at: number, from: Accumulators, base: number, slot: number): void {
    for (let index = 0; index < this.#held.length; index++) {
      const held = this.#held[index];
      if (held instanceof Float64Array) held[at] = from.float64(base + index)[slot] ?? 0;
      else if (held instanceof Int32Array) held[at] = from.int32(base + index)[slot] ?? 0;
      else if (held !== undefined) held[at] = from.object(base + index)[slot];
    }
  }

  float64(accumulator: number): Float64Array {
    const held = this.#held[accumulator];
    if (!(held instanceof Float64Array)) throw new Error(`accumulator ${accumulator} is not float64`);
    return held;
  }

  int32(accumulator: number): Int32Array {
    const held = this.#held[accumulator];
    if (!(held instanceof Int32Array)) throw new Error(`accumulator ${accumulator} is not int32`);
    return held;
  }

  object(accumulator: number): unknown[] {
    const held = this.#held[accumulator];
    if (!Array.isArray(held)) throw new Error(`accumulator ${accumulator} is not object`);
    return held;
  }
}

function larger<T extends Float64Array | Int32Array>(held: T, size: number): T {
  const length = Math.max(size, held.length * 2);
  const copy = held instanceof Float64Array ? new Float64Array(length) : new Int32Array(length);
  copy.set(held);
  return copy as T;
}
