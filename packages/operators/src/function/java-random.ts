const LOW_BITS = 24;
const LOW = 2 ** LOW_BITS;
/** 0x5DEECE66D, in two halves of 24 bits. */
const FACTOR_HIGH = 0x5de;
const FACTOR_LOW = 0xece66d;
const INCREMENT = 0xb;

/** java.util.Random: RAND and RAND_INTEGER with a seed give the numbers of Flink. 48 bits of state, in two halves. */
export class JavaRandom {
  #high: number;
  #low: number;

  constructor(seed: number) {
    const scrambled = BigInt.asUintN(48, BigInt(seed) ^ 0x5deece66dn);
    this.#high = Number(scrambled >> BigInt(LOW_BITS));
    this.#low = Number(scrambled) % LOW;
  }

  /** From 0 to below 1. */
  nextDouble(): number {
    return (this.#next(26) * 2 ** 27 + this.#next(27)) / 2 ** 53;
  }

  /** From 0 to below the bound, which is at least 1. */
  nextInteger(below: number): number {
    if ((below & -below) === below) return Math.floor((below * this.#next(31)) / 2 ** 31);
    for (;;) {
      const bits = this.#next(31);
      const value = bits % below;
      if (bits - value + (below - 1) < 2 ** 31) return value;
    }
  }

  #next(bits: number): number {
    const low = this.#low * FACTOR_LOW + INCREMENT;
    const high = this.#high * FACTOR_LOW + this.#low * FACTOR_HIGH + Math.floor(low / LOW);
    this.#low = low % LOW;
    this.#high = high % LOW;
    return Math.floor((this.#high * LOW + this.#low) / 2 ** (48 - bits));
  }
}
