import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { cast, decimal, evaluateOne, lit, T } from '../testing/evaluate.ts';

function casted(from: DataType, value: Value, to: DataType, safe = false): Value {
  return evaluateOne((x) => cast(x ?? lit(null, from), to, safe), [from, value]);
}

const at = Date.UTC(2026, 10, 24, 12, 34, 56, 789);
const day = at - (at % 86_400_000);

const good: readonly (readonly [DataType, Value, DataType, Value])[] = [
  // integers wrap, doubles saturate, decimals cut
  [T.integer, 300, T.tinyint, 44],
  [T.bigint, 2n ** 40n + 5n, T.integer, 5],
  [T.bigint, -(2n ** 63n), T.smallint, 0],
  [T.integer, -7, T.bigint, -7n],
  [T.double, 1e20, T.integer, 2_147_483_647],
  [T.double, -1.9, T.integer, -1],
  [T.double, Number.NaN, T.integer, 0],
  [T.double, 1e300, T.bigint, 2n ** 63n - 1n],
  [T.double, 9.5, T.bigint, 9n],
  [decimal(10, 2), '-12.99', T.integer, -12],
  [decimal(38, 2), '99999999999999999999.99', T.bigint, BigInt.asIntN(64, 99_999_999_999_999_999_999n)],
  // to decimal: half up, NULL when too long
  [T.integer, 12, decimal(10, 2), '12.00'],
  [T.integer, 123, decimal(4, 2), null],
  [T.bigint, 2n ** 62n, decimal(38, 10), `${2n ** 62n}.0000000000`],
  [T.double, 1.005, decimal(10, 2), '1.01'],
  [T.double, 1e30, decimal(38, 2), '1000000000000000000000000000000.00'],
  [decimal(10, 4), '-1.2345', decimal(10, 3), '-1.235'],
  [decimal(10, 2), '999.99', decimal(4, 2), null],
  [T.boolean, true, decimal(5, 2), '1.00'],
  // to doubles
  [decimal(38, 20), '0.10000000000000000000', T.double, 0.1],
  [T.bigint, 2n ** 60n, T.double, 2 ** 60],
  [T.double, 0.1, T.float, Math.fround(0.1)],
  [T.boolean, false, T.integer, 0],
  [T.integer, 5, T.boolean, true],
  [decimal(5, 2), '0.00', T.boolean, false],
  // to text, Java's way
  [T.boolean, true, T.string, 'TRUE'],
  [T.bigint, -(2n ** 63n), T.string, '-9223372036854775808'],
  [decimal(10, 2), '-0.05', T.string, '-0.05'],
  [T.double, 1, T.string, '1.0'],
  [T.double, 1e7, T.string, '1.0E7'],
  [T.double, 0.00012, T.string, '1.2E-4'],
  [T.double, 123456.789, T.string, '123456.789'],
  [T.double, -0, T.string, '-0.0'],
  [T.double, Number.NEGATIVE_INFINITY, T.string, '-Infinity'],
  [T.double, 1.7976931348623157e308, T.string, '1.7976931348623157E308'],
  [T.float, Math.fround(0.1), T.string, '0.1'],
  [T.date, 0, T.string, '1970-01-01'],
  [T.date, -1, T.string, '1969-12-31'],
  [T.time, 3_723_000, T.string, '01:02:03'],
  [T.timestamp, at, T.string, '2026-11-24 12:34:56.789'],
  [{ ...T.ltz, precision: 0 }, at, T.string, '2026-11-24 12:34:56'],
  [T.timestamp, -1, T.string, '1969-12-31 23:59:59.999'],
  [T.months, -14, T.string, '-1-02'],
  [T.ms, 93_784_005, T.string, '+1 02:03:04.005'],
  [T.bytes, Uint8Array.of(0xc3, 0xa9), T.string, 'é'],
  [{ kind: 'array', element: T.bigint, nullable: true }, [1n, null], T.string, '[1, NULL]'],
  [
    { kind: 'map', key: T.string, value: decimal(5, 2), nullable: true },
    new Map([['a', '1.50']]),
    T.string,
    '{a=1.50}',
  ],
  [{ kind: 'row', fields: [{ name: 'x', type: T.double }], nullable: true }, [2], T.string, '(2.0)'],
  // from text
  [T.string, ' -12 ', T.integer, -12],
  [T.string, '12.9', T.integer, 12],
  [T.string, '9223372036854775807', T.bigint, 2n ** 63n - 1n],
  [T.string, '1.2345', decimal(10, 2), '1.23'],
  [T.string, '12345', decimal(3, 0), null],
  [T.string, '1e-3', T.double, 0.001],
  [T.string, 'NaN', T.double, Number.NaN],
  [T.string, 'Yes', T.boolean, true],
  [T.string, '0', T.boolean, false],
  [T.string, 'é', T.bytes, Uint8Array.of(0xc3, 0xa9)],
  [T.string, '2026-11-24', T.date, day / 86_400_000],
  [T.string, '2026-2-3', T.date, Date.UTC(2026, 1, 3) / 86_400_000],
  [T.string, '12:34', T.time, 45_240_000],
  [T.string, '2026-11-24 12:34:56.789', T.timestamp, at],
  [T.string, '2026-11-24T12:34:56.789Z', T.timestamp, at],
  [T.string, '2026-11-24T14:34:56.789+02:00', T.ltz, at],
  [T.string, '2026-11-24 12:34:56.789123456', T.timestamp, at],
  [T.string, '2026-11-24 12:34:56.789', { ...T.timestamp, precision: 0 }, at - 789],
  [T.string, '2026-11-24', T.timestamp, day],
  // among times
  [T.date, day / 86_400_000, T.timestamp, day],
  [T.timestamp, at, T.date, day / 86_400_000],
  [T.timestamp, -1, T.date, -1],
  [T.ltz, at, T.timestamp, at],
  [{ ...T.timestamp, precision: 3 }, at, { ...T.time, precision: 3 }, at - day],
];

describe('a cast', () => {
  it.each(good)('of %j %s to %j is %s', (from, value, to, expected) => {
    expect(casted(from, value, to)).toStrictEqual(expected);
    expect(casted(from, value, to, true)).toStrictEqual(expected);
    expect(casted(from, null, to)).toBeNull();
  });

  it.each([
    ['abc', T.integer],
    ['', T.integer],
    ['128', T.tinyint],
    ['9223372036854775808', T.bigint],
    ['1.2.3', decimal(10, 2)],
    ['0x10', T.double],
    ['maybe', T.boolean],
    ['2026-02-30', T.date],
    ['24:00', T.time],
    ['2026-11-24 25:00:00', T.timestamp],
    ['yesterday', T.ltz],
  ] as const)('of the text %j to %j fails the record and TRY_CAST gives NULL', (text, to) => {
    expect(() => casted(T.string, text, to)).toThrow(`'${text}' cannot become`);
    expect(casted(T.string, text, to, true)).toBeNull();
  });

  it('says which expression failed, and how to avoid it', () => {
    expect(() => casted(T.string, 'x'.repeat(500), T.integer)).toThrow(
      /^test: CAST\(c0 AS INT\): 'x{80}…' cannot become INT\. Filter such rows out, or use TRY_CAST/,
    );
  });

  it('that does not exist is refused before the first record', () => {
    expect(() => casted(T.date, 1, T.integer)).toThrow(/CAST is not available for DATE, INT/);
  });
});
