import { type FineTimestamp, isFineTimestamp, type TimestampType, ticksPerMs } from '@millrace/model';
import type { Scope } from './scope.ts';

/*
 * Arithmetic on the ticks of fine timestamps in generated code: doubles in narrow mode, bigint in wide mode. Whoever stores what comes out in narrow
 * mode gives the batch up unless it is a safe integer.
 */

/** The whole epoch ms at or before the ticks, a double in both modes. */
export function msOfFine(ticks: string, type: FineTimestamp, scope: Scope): string {
  return scope.wide
    ? `R.msOfTicks(${ticks}, ${scope.writer.constant(type)})`
    : `Math.floor(${ticks} / ${ticksPerMs(type)})`;
}

/** Whole ms as ticks. */
export function ticksOfMs(ms: string, type: FineTimestamp, scope: Scope): string {
  return scope.wide ? `BigInt(${ms}) * ${ticksPerMs(type)}n` : `(${ms}) * ${ticksPerMs(type)}`;
}

/** The ticks moved by whole ms: the digits behind them stay. */
export function movedBy(ticks: string, ms: string, type: FineTimestamp, scope: Scope): string {
  return `${ticks} + ${ticksOfMs(ms, type, scope)}`;
}

/** Nanoseconds behind the whole ms. */
export function nanosOfFine(ticks: string, type: FineTimestamp, scope: Scope): string {
  return `R.nanosOfMs(${scope.wide ? ticks : `BigInt(${ticks})`}, ${scope.writer.constant(type)})`;
}

/** A timestamp with other digits: digits that are no longer held are cut, toward the past. */
export function withDigitsOf(value: string, from: TimestampType, to: TimestampType, scope: Scope): string {
  if (!isFineTimestamp(from)) return isFineTimestamp(to) ? ticksOfMs(value, to, scope) : value;
  if (!isFineTimestamp(to)) return msOfFine(value, from, scope);
  const step = 10 ** Math.abs(to.precision - from.precision);
  if (to.precision >= from.precision) return scope.wide ? `${value} * ${step}n` : `${value} * ${step}`;
  return scope.wide ? `R.floorDivide(${value}, ${step}n)` : `Math.floor(${value} / ${step})`;
}
