/**
 * Random numbers as a function of a position: row n of a generator is the same however often and from where
 * it is made, so a restored source replays exactly. Mixing is SplitMix32-like (Steele et al.; constants of
 * MurmurHash3's finisher).
 */
export class PositionRandom {
  #state = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Starts the stream of numbers that belongs to `position` (any non-negative safe integer). */
  at(position: number): this {
    const low = position | 0;
    const high = Math.floor(position / 0x1_0000_0000) | 0;
    this.#state = mix(this.#seed ^ mix(low ^ 0x2545f491) ^ Math.imul(mix(high ^ 0x1b56c4e9), 0x9e3779b1));
    return this;
  }

  /** 32 random bits, as a non-negative number. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix(this.#state) >>> 0;
  }

  /** 0 inclusive to 1 exclusive, 53 bits. */
  unit(): number {
    return ((this.bits() >>> 5) * 0x400_0000 + (this.bits() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** `from` inclusive to `to` exclusive. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from));
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.integer(0, values.length)] ?? values[0];
  }
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
