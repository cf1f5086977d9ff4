import type { DataType } from './data-type.ts';

export type TimestampType = Extract<DataType, { kind: 'timestamp' | 'timestamp_ltz' }>;

/** Times of more digits than milliseconds, held as ticks. Event times never are: they are of precision 3 at most, as in Flink. */
export type FineTimestamp = TimestampType & { readonly precision: 4 | 5 | 6 | 7 | 8 | 9 };

export function isFineTimestamp(type: DataType): type is FineTimestamp {
  return (type.kind === 'timestamp' || type.kind === 'timestamp_ltz') && type.precision > 3;
}

/** How many digits of a second a column of this type counts: what must be equal for two of them to be compared as they are held. */
export function digitsHeld(type: DataType): number {
  return isFineTimestamp(type) ? type.precision : 3;
}

/** Ticks of a fine timestamp in a millisecond: 10 of TIMESTAMP(4), 1,000 of TIMESTAMP(6), 1,000,000 of TIMESTAMP(9). */
export function ticksPerMs(type: FineTimestamp): number {
  return 10 ** (type.precision - 3);
}

/** The whole epoch ms at or before `ticks`. */
export function msOfTicks(ticks: bigint, type: FineTimestamp): number {
  return Number(floorDivide(ticks, BigInt(ticksPerMs(type))));
}

/** The ticks of a moment, exact: whole epoch ms, and nanoseconds behind them (0 to 999,999), of which digits beyond the precision are cut. */
export function ticksOf(epochMs: number, nanosOfMs: number, type: FineTimestamp): bigint {
  const perMs = ticksPerMs(type);
  return BigInt(epochMs) * BigInt(perMs) + BigInt(Math.floor((nanosOfMs * perMs) / 1_000_000));
}

/** Nanoseconds behind the whole ms of `ticks`, 0 to 999,999. */
export function nanosOfMs(ticks: bigint, type: FineTimestamp): number {
  const perMs = ticksPerMs(type);
  return Number(ticks - BigInt(msOfTicks(ticks, type)) * BigInt(perMs)) * (1_000_000 / perMs);
}

/** The digits of a second that follow those of the ms: '456' of 123,456 ticks of TIMESTAMP(6). */
export function digitsBehindMs(ticks: bigint, type: FineTimestamp): string {
  return String(nanosOfMs(ticks, type))
    .padStart(6, '0')
    .slice(0, type.precision - 3);
}

/** Toward minus infinity, for times before 1970. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1n : quotient;
}
