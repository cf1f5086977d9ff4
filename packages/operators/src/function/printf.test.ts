import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { decimal, T } from '../testing/evaluate.ts';
import { PRINTF } from './printf.ts';

type Argument = readonly [DataType, Value];

/** What java.util.Formatter of Java 21 gives with Locale.US. */
const CASES: readonly (readonly [format: string, args: readonly Argument[], text: string | null])[] = [
  ['%s has %d', [[T.string, 'Ann'], [T.integer, 3]], 'Ann has 3'],
  ['%5d|%-5d|%05d|%+d', [[T.integer, 42], [T.integer, 42], [T.integer, 42], [T.integer, 42]], '   42|42   |00042|+42'],
  ['%,d', [[T.bigint, -1234567890123456789n]], '-1,234,567,890,123,456,789'],
  ['%(d % d', [[T.integer, -5], [T.integer, 5]], '(5)  5'],
  ['%x %X %#x %o', [[T.integer, 255], [T.integer, -1], [T.bigint, 255n], [T.integer, 8]], 'ff FFFFFFFF 0xff 10'],
  ['%.2f %08.3f %,.1f', [[T.double, 2.345], [T.double, -2.5], [T.double, 1234567.89]], '2.35 -002.500 1,234,567.9'],
  ['%f', [[decimal(10, 2), '-12.50']], '-12.500000'],
  ['%.0f', [[T.double, 0.5]], '1'],
  ['%e %.2E', [[T.double, 12345.678], [T.double, 0.000999]], '1.234568e+04 9.99E-04'],
  ['%e', [[T.double, 9.9999999]], '1.000000e+01'],
  ['%g %g %.3g', [[T.double, 0.0001], [T.double, 123456789], [T.double, 0]], '0.000100000 1.23457e+08 0.00'],
  ['%f', [[T.double, Number.NaN]], 'NaN'],
  ['%2$s %1$s %<s', [[T.string, 'a'], [T.string, 'b']], 'b a a'],
  ['%S|%.2s|%5s', [[T.string, 'abc'], [T.string, 'abc'], [T.string, 'abc']], 'ABC|ab|  abc'],
  ['%s %d %b', [[T.string, null], [T.integer, null], [T.boolean, null]], 'null null false'],
  ['%b %s', [[T.string, 'x'], [T.boolean, true]], 'true true'],
  ['%c', [[T.integer, 0x1f600]], '\u{1F600}'],
  ['100%% of%n', [], '100% of\n'],
  ['%d', [[T.string, 'x']], null],
  ['%d', [], null],
  ['%q', [[T.string, 'x']], null],
  ['50%', [], null],
  ['%99999s', [[T.string, 'x']], null],
  ['%s', [[T.timestamp, 0]], '1970-01-01 00:00:00.000'],
]; // biome-ignore format: a table

describe('PRINTF', () => {
  it.each(CASES)('%s', (format, args, text) => {
    const print = PRINTF.printf([T.string, ...args.map(([type]) => type)]);
    expect(print(format, ...args.map(([, value]) => value))).toBe(text);
  });
});
