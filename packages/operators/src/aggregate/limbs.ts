/*
 * Exact sums of integers in float64 accumulators: total = limb[0] + limb[1] * 2^52 + limb[2] * 2^104, each limb a safe integer.
 * The common case is one addition and one comparison; a carry goes up when a limb would leave the
 * safe range. Two limbs hold more than 2^41 BIGINTs, three more than 2^29 DECIMAL(38)s.
 */
const LIMB = 2 ** 52;
const SAFE = Number.MAX_SAFE_INTEGER;

/** Adds a safe integer to the limb `at` of `slot`. */
export function addSafe(limbs: readonly Float64Array[], at: number, slot: number, value: number): void {
  const limb = limbs[at];
  if (limb === undefined) throw new Error('a sum has outgrown its accumulator');
  const held = limb[slot] ?? 0;
  const sum = held + value;
  if (sum <= SAFE && sum >= -SAFE) {
    limb[slot] = sum;
    return;
  }
  limb[slot] = (held % LIMB) + (value % LIMB);
  addSafe(limbs, at + 1, slot, Math.trunc(held / LIMB) + Math.trunc(value / LIMB));
}

export function addWide(limbs: readonly Float64Array[], slot: number, value: bigint): void {
  let rest = value;
  for (let at = 0; at < limbs.length - 1; at++) {
    addSafe(limbs, at, slot, Number(BigInt.asUintN(52, rest)));
    rest >>= 52n;
  }
  addSafe(limbs, limbs.length - 1, slot, Number(rest));
}

export function totalOf(limbs: readonly Float64Array[], slot: number): bigint {
  let total = 0n;
  for (let at = limbs.length - 1; at >= 0; at--) total = total * 0x10_0000_0000_0000n + BigInt(limbs[at]?.[slot] ?? 0);
  return total;
}
