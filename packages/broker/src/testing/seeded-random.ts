/** mulberry32: the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for this run, printed so that a failure can be repeated with SEED=... */
export function printedSeed(name: string): number {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_007);
  console.info(`${name}: SEED=${seed}`);
  return seed;
}
