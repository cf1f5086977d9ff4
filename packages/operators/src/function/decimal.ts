import { formatDecimal, parseDecimal } from '@millrace/batch';

/*
 * DECIMAL on unscaled integers. The narrow forms work on doubles that are safe integers and give NaN when a step
 * would not be exact: the caller recomputes the batch with the wide forms. Both round half away from zero.
 */

const POWERS = Array.from({ length: 80 }, (_, exponent) => 10n ** BigInt(exponent));
/** 10^15 is the last power below 2^53. */
const NARROW_EXPONENT_MAX = 15;

export function power10(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** The value at a scale `shift` digits finer (or coarser, when negative: rounded); NaN when not exact. */
export function rescaleNarrow(value: number, shift: number): number {
  if (shift === 0 || value === 0) return value;
  // A sum or product that was rounded already must not look exact after digits are dropped.
  if (Math.abs(shift) > NARROW_EXPONENT_MAX || !Number.isSafeInteger(value)) return Number.NaN;
  return shift > 0 ? checked(value * 10 ** shift) : divideNarrow(value, 10 ** -shift);
}

/** value / divisor, both safe integers, rounded half away from zero. The quotient of safe integers truncates exactly. */
export function divideNarrow(value: number, divisor: number): number {
  const quotient = Math.trunc(value / divisor);
  const remainder = Math.abs(value - quotient * divisor);
  if (remainder * 2 < Math.abs(divisor)) return quotient + 0;
  return value < 0 === divisor < 0 ? quotient + 1 : quotient - 1;
}

export function rescaleWide(value: bigint, shift: number): bigint {
  if (shift >= 0) return value * power10(shift);
  return divideWide(value, power10(-shift));
}

export function divideWide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const remainder = value % divisor;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < (divisor < 0n ? -divisor : divisor)) return quotient;
  return value < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Toward negative infinity (floor) or positive infinity (ceil), to a scale `digits` coarser, still at the old scale's unit divided out. */
export function floorWide(value: bigint, digits: number): bigint {
  const unit = power10(digits);
  const quotient = value / unit;
  return value % unit < 0n ? quotient - 1n : quotient;
}

export function ceilWide(value: bigint, digits: number): bigint {
  return -floorWide(-value, digits);
}

/** Toward zero. */
export function truncateWide(value: bigint, digits: number): bigint {
  return value / power10(digits);
}

/** The nearest double; 22 is the last power of ten that a double holds exactly. */
export function decimalToDouble(unscaled: number | bigint, scale: number): number {
  if (typeof unscaled === 'number' && scale <= 22) return unscaled / 10 ** scale;
  return Number(formatDecimal(BigInt(unscaled), scale));
}

/** From the shortest digits of the double, as BigDecimal.valueOf; undefined for NaN and the infinities. */
export function doubleToUnscaled(value: number, scale: number): bigint | undefined {
  return Number.isFinite(value) ? parseDecimal(String(value), scale) : undefined;
}

/** ROUND of a double: on its shortest decimal digits, half away from zero. */
export function roundDouble(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 300) return value;
  if (digits < 0) {
    const whole = doubleToUnscaled(value, 0) ?? 0n;
    return digits < -310
      ? 0
      : Number(divideWide(doubleToUnscaled(value, 20) ?? whole, power10(20 - digits)) * power10(-digits));
  }
  return Number(formatDecimal(doubleToUnscaled(value, digits) ?? 0n, digits));
}

/** TRUNCATE of a double: its shortest decimal digits cut. */
export function truncateDouble(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 300 || digits < -310) return digits < -310 ? 0 : value;
  const scale = Math.max(digits, 0) + 20;
  const unscaled = (doubleToUnscaled(value, scale) ?? 0n) / power10(scale - digits);
  return digits >= 0 ? Number(formatDecimal(unscaled, digits)) : Number(unscaled * power10(-digits));
}

function checked(value: number): number {
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Narrow twins of the forms above: `digits` are dropped, NaN when they are too many for doubles. */
export function floorNarrow(value: number, digits: number): number {
  return digits > NARROW_EXPONENT_MAX ? Number.NaN : Math.floor(value / 10 ** digits) + 0;
}

export function ceilNarrow(value: number, digits: number): number {
  return digits > NARROW_EXPONENT_MAX ? Number.NaN : Math.ceil(value / 10 ** digits) + 0;
}

export function truncateNarrow(value: number, digits: number): number {
  return digits > NARROW_EXPONENT_MAX ? Number.NaN : Math.trunc(value / 10 ** digits) + 0;
}

/** Places beyond this change nothing: a DECIMAL has at most 38 digits. */
const PLACES_MAX = 40;

/** ROUND(value, places) of an unscaled value at `scale`, given at scale `target`. */
export function roundToNarrow(value: number, scale: number, places: number, target: number): number {
  const kept = Math.min(Math.max(places, -PLACES_MAX), scale);
  return rescaleNarrow(rescaleNarrow(value, kept - scale), target - kept);
}

export function roundToWide(value: bigint, scale: number, places: number, target: number): bigint {
  const kept = Math.min(Math.max(places, -PLACES_MAX), scale);
  return rescaleWide(rescaleWide(value, kept - scale), target - kept);
}

export function truncateToNarrow(value: number, scale: number, places: number, target: number): number {
  const kept = Math.min(Math.max(places, -PLACES_MAX), scale);
  return rescaleNarrow(truncateNarrow(value, scale - kept), target - kept);
}

export function truncateToWide(value: bigint, scale: number, places: number, target: number): bigint {
  const kept = Math.min(Math.max(places, -PLACES_MAX), scale);
  return rescaleWide(truncateWide(value, scale - kept), target - kept);
}
