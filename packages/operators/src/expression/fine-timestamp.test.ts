import type { Value } from '@millrace/batch';
import { type DataType, type FineTimestamp, ticksOf } from '@millrace/model';
import type { ScalarFunction } from '@millrace/plan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { call, cast, col, evaluate, evaluateOne, lit, T } from '../testing/evaluate.ts';

/* Every expression is computed narrow, wide, dense, under a selection and row by row: see `evaluate`. */

type Digits = FineTimestamp['precision'];
const ts = (precision: Digits): FineTimestamp => ({ kind: 'timestamp', precision, nullable: true });
const ltz = (precision: Digits): FineTimestamp => ({ kind: 'timestamp_ltz', precision, nullable: true });
const ms = Date.UTC(2026, 10, 24, 12, 34, 56, 789);
const MICROS = BigInt(ms) * 1_000n + 123n;
const NANOS = BigInt(ms) * 1_000_000n + 123_456n;

describe('a cast of a fine timestamp', () => {
  it.each<[DataType, Value, DataType, Value]>([
    [T.string, '2026-11-24 12:34:56.789123', ts(6), MICROS],
    [T.string, '2026-11-24T12:34:56.789123456Z', ltz(9), NANOS],
    [T.string, '2026-11-24 12:34:56.78912345', ts(6), MICROS],
    [T.string, '1969-12-31 23:59:59.999999', ts(6), -1n],
    [T.string, '0001-01-01 00:00:00.000000001', ts(9), -62_135_596_799_999_999_999n],
    [T.string, '9999-12-31 23:59:59.999999999', ts(9), 253_402_300_799_999_999_999n],
    [T.string, '2026-11-24', ts(4), BigInt(ms - (ms % 86_400_000)) * 10n],
    [ts(6), MICROS, T.string, '2026-11-24 12:34:56.789123'],
    [ts(9), NANOS, T.string, '2026-11-24 12:34:56.789123456'],
    [ts(4), -1n, T.string, '1969-12-31 23:59:59.9999'],
    [ts(6), MICROS, ts(9), MICROS * 1_000n],
    [ts(9), NANOS, ts(6), MICROS],
    [ts(9), -1n, ts(6), -1n],
    [ts(6), MICROS, ltz(6), MICROS],
    [T.timestamp, ms, ts(6), BigInt(ms) * 1_000n],
    [T.ltz, -1, ts(9), -1_000_000n],
    [ts(6), MICROS, T.timestamp, ms],
    [ts(6), -1n, T.timestamp, -1],
    [ts(6), MICROS, { kind: 'timestamp', precision: 1, nullable: true }, ms - 89],
    [ts(6), MICROS, T.date, Math.floor(ms / 86_400_000)],
    [ts(6), -1n, T.date, -1],
    [ts(6), MICROS, { kind: 'time', precision: 3, nullable: true }, ms % 86_400_000],
    [T.date, -1, ts(6), -86_400_000_000n],
    [T.time, 1_500, ts(6), 1_500_000n],
    [ts(6), null, T.timestamp, null],
  ])('%o %s becomes %o %s', (from, value, to, expected) => {
    expect(evaluateOne((x) => cast(x ?? lit(null, from), to), [from, value])).toBe(expected);
  });

  it('inside arrays, maps and rows goes element by element', () => {
    const array = (element: DataType): DataType => ({ kind: 'array', element, nullable: true });
    const inside = (from: DataType, to: DataType, value: Value) =>
      evaluateOne((x) => cast(x ?? lit(null, from), to), [from, value]);
    expect(inside(array(ts(9)), array(ts(6)), [NANOS, null, -1n])).toEqual([MICROS, null, -1n]);
    expect(inside(array(T.timestamp), array(ts(6)), [ms])).toEqual([BigInt(ms) * 1_000n]);
    expect(inside(array(ts(6)), array(T.timestamp), [-1n])).toEqual([-1]);
    expect(inside(array(ts(6)), array(T.date), [MICROS])).toEqual([Math.floor(ms / 86_400_000)]);
    expect(inside(array(ts(6)), T.string, [MICROS])).toBe('[2026-11-24 12:34:56.789123]');
  });

  it('of a text that is no time fails the record, or is NULL when safe', () => {
    expect(() => evaluateOne((x) => cast(x ?? lit(null, T.string), ts(6)), [T.string, 'soon'])).toThrow(
      "'soon' cannot become TIMESTAMP(6)",
    );
    expect(evaluateOne((x) => cast(x ?? lit(null, T.string), ts(6), true), [T.string, 'soon'])).toBeNull();
  });
});

describe('a function of a fine timestamp', () => {
  const of = (name: ScalarFunction, type: DataType, ...args: readonly (readonly [DataType, Value])[]) =>
    evaluateOne((...columns) => call(name, type, ...columns), ...args);
  const s = (text: string) => [T.string, text] as const;

  it.each<[ScalarFunction, DataType, readonly (readonly [DataType, Value])[], Value]>([
    ['datetime-plus', ts(6), [[ts(6), MICROS], [T.ms, -789]], MICROS - 789_000n],
    ['datetime-plus', ts(6), [[ts(6), -1n], [T.ms, 1]], 999n],
    ['datetime-plus', ts(9), [[ts(9), ticksOf(Date.UTC(2024, 0, 31), 7, ts(9))], [T.months, 1]], ticksOf(Date.UTC(2024, 1, 29), 7, ts(9))],
    ['datetime-diff-ms', T.bigint, [[ts(6), 1_999n], [ts(6), -1n]], 2n],
    ['datetime-diff-months', T.bigint, [[ts(6), MICROS], [ts(6), MICROS - 86_400_000_000n * 31n]], 1n],
    ['date-format', T.string, [[ts(6), MICROS], s('HH:mm:ss.SSSSSS n')], '12:34:56.789123 789123000'],
    ['date-format', T.string, [[ts(9), NANOS], s('ss.SSSSSSSSS')], '56.789123456'],
    ['date-format', T.string, [[ts(6), -1n], s('yyyy SSSS')], '1969 9999'],
    ['to-timestamp', ts(6), [s('2026-11-24 12:34:56.789123'), s('yyyy-MM-dd HH:mm:ss.SSSSSS')], MICROS],
    ['to-timestamp', ts(9), [s('24.11.2026 12:34:56 789123456'), s('dd.MM.yyyy HH:mm:ss n')], NANOS],
    ['to-timestamp', ts(6), [s('soon'), s('yyyy')], null],
    ['to-timestamp-ltz', ltz(6), [[T.bigint, MICROS], [T.integer, 6]], MICROS],
    ['to-timestamp-ltz', ltz(9), [[T.bigint, 2n ** 62n], [T.integer, 9]], 2n ** 62n],
    ['to-timestamp-ltz', ltz(6), [[T.double, -1.5], [T.integer, 6]], -2n],
    ['to-timestamp-ltz', ltz(6), [[T.double, Number.NaN], [T.integer, 6]], null],
    ['to-timestamp-ltz', T.ltz, [[T.bigint, 17n], [T.integer, 1]], 1_700],
    ['local-time', ts(6), [[ltz(6), MICROS], s('Asia/Shanghai')], MICROS + 28_800_000_000n],
    ['instant', ltz(9), [[ts(9), NANOS], s('Europe/Berlin')], NANOS - 3_600_000_000_000n],
    ['least', ts(6), [[ts(6), 5n], [ts(6), -5n]], -5n],
    ['=', T.boolean, [[ts(6), MICROS], [ts(6), MICROS + 1n]], false],
    ['<', T.boolean, [[ts(9), NANOS], [ts(9), NANOS + 1n]], true],
    ['is-not-distinct-from', T.boolean, [[ts(9), null], [ts(9), null]], true],
  ])('%s as %o', (name, type, args, expected) => {
    expect(of(name, type, ...args)).toBe(expected);
  }); // biome-ignore format: a table

  it.each<[string, Value]>([
    ['SECOND', 56n],
    ['MILLISECOND', 789n],
    ['MICROSECOND', 789_123n],
    ['NANOSECOND', 789_123_456n],
    ['YEAR', 2026n],
  ])('EXTRACT(%s) sees the digits behind the milliseconds', (unit, expected) => {
    const found = evaluateOne(
      (x) => call('extract', T.bigint, lit(unit, T.string), x ?? lit(null, ts(9))),
      [ts(9), NANOS],
    );
    expect(found).toBe(expected);
  });

  it.each(['MILLISECOND', 'SECOND', 'DAY', 'MONTH'])('FLOOR to %s is that of its milliseconds', (unit) => {
    const truncated = (type: DataType, value: Value) =>
      evaluateOne((x) => call('date-trunc', type, lit(unit, T.string), x ?? lit(null, type)), [type, value]);
    const expected = truncated(T.timestamp, ms);
    expect(truncated(ts(6), MICROS)).toBe(BigInt(Number(expected)) * 1_000n);
    expect(truncated(ts(6), -1n)).toBe(BigInt(Number(truncated(T.timestamp, -1))) * 1_000n);
  });

  it('is found in a list of constants by all its digits', () => {
    const list = [MICROS + 1n, MICROS].map((ticks) => lit(String(ticks), ts(6)));
    const found = evaluate(call('in', T.boolean, col(0, ts(6)), ...list), [ts(6)], [[MICROS], [MICROS + 2n], [null]]);
    expect(found).toEqual([true, false, null]);
  });
});

it('agrees with plain integers on any ticks: casts, sums and comparisons', () => {
  const ticks = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  const digits = fc.constantFrom<Digits>(4, 5, 6, 7, 8, 9);
  fc.assert(
    fc.property(ticks, digits, digits, fc.integer(), (value, from, to, moved) => {
      const step = 10n ** BigInt(Math.abs(from - to));
      const floor = (a: bigint, b: bigint) => (a % b !== 0n && a < 0n ? a / b - 1n : a / b);
      const expected = to >= from ? value * step : floor(value, step);
      expect(evaluateOne((x) => cast(x ?? lit(null, ts(from)), ts(to)), [ts(from), value])).toBe(expected);
      const sum = evaluateOne(
        (x, y) => call('datetime-plus', ts(from), ...[x, y].filter((c) => c !== undefined)),
        [ts(from), value],
        [T.ms, moved],
      );
      expect(sum).toBe(value + BigInt(moved) * 10n ** BigInt(from - 3));
      const isLess = evaluateOne(
        (x, y) => call('<', T.boolean, ...[x, y].filter((c) => c !== undefined)),
        [ts(from), value],
        [ts(from), value + 1n],
      );
      expect(isLess).toBe(true);
    }),
    { numRuns: 60 },
  );
});
