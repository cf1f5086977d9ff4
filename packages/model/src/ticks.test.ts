import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digitsBehindMs, type FineTimestamp, msOfTicks, nanosOfMs, ticksOf } from './ticks.ts';

const type = (precision: FineTimestamp['precision']): FineTimestamp => ({
  kind: 'timestamp',
  precision,
  nullable: true,
});

it.each<[bigint, FineTimestamp['precision'], number, number]>([
  [-1n, 4, -1, 900_000],
  [-1n, 6, -1, 999_000],
  [-1n, 9, -1, 999_999],
  [1_764_115_200_123_456n, 6, 1_764_115_200_123, 456_000],
  [253_402_300_799_999_999_999n, 9, 253_402_300_799_999, 999_999],
])('%s ticks of precision %i are whole ms and what is behind them', (ticks, precision, ms, nanos) => {
  expect([msOfTicks(ticks, type(precision)), nanosOfMs(ticks, type(precision))]).toEqual([ms, nanos]);
});

it.each<[bigint, FineTimestamp['precision'], string]>([
  [-1n, 6, '999'],
  [1_000n, 6, '000'],
  [12n, 4, '2'],
  [12n, 9, '000012'],
])('%s ticks of precision %i end in %s', (ticks, precision, digits) => {
  expect(digitsBehindMs(ticks, type(precision))).toBe(digits);
});

it('gives back every tick, before 1970 too', () => {
  const ticks = fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n });
  fc.assert(
    fc.property(ticks, fc.constantFrom(4, 5, 6, 7, 8, 9), (value, precision) => {
      const of = type(precision);
      expect(ticksOf(msOfTicks(value, of), nanosOfMs(value, of), of)).toBe(value);
    }),
  );
});
