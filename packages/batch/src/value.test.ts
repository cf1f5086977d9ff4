import type { DataType } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { columnOf } from './batch-builder.ts';
import { formatDecimal, parseDecimal, valueAt } from './value.ts';

describe('decimal text', () => {
  it.each([
    ['12.5', 2, 1250n],
    ['-0.05', 2, -5n],
    ['0.005', 2, 1n],
    ['-0.005', 2, -1n],
    ['0.0049', 2, 0n],
    ['1e3', 2, 100_000n],
    ['125E-1', 0, 13n],
    ['.5', 1, 5n],
    ['+7.', 0, 7n],
    [' 99999999999999999999.99 ', 2, 9_999_999_999_999_999_999_999n],
  ])('%s at scale %i keeps every digit and rounds half up', (text, scale, unscaled) => {
    expect(parseDecimal(text, scale)).toBe(unscaled);
  });

  it.each(['', '.', 'e5', 'abc', '1,5', '--1', '0x10', 'NaN'])('%j is no number', (text) => {
    expect(parseDecimal(text, 2)).toBeUndefined();
  });

  it('is written with all digits of the scale', () => {
    expect(formatDecimal(-5n, 2)).toBe('-0.05');
    expect(formatDecimal(1250n, 2)).toBe('12.50');
    expect(formatDecimal(7n, 0)).toBe('7');
  });
});

describe('a built column', () => {
  it('refuses text that is no number instead of storing 0', () => {
    const decimal: DataType = { kind: 'decimal', precision: 10, scale: 2, nullable: true };
    expect(() => columnOf(['12.x'], decimal)).toThrow(/"12.x" is no DECIMAL\(10, 2\)/);
  });

  it('becomes wide when one value is beyond 2^53, and every value stays exact', () => {
    const bigint: DataType = { kind: 'bigint', nullable: true };
    const column = columnOf([1n, 2n ** 62n, null], bigint);
    expect([0, 1, 2].map((row) => valueAt(column, bigint, row))).toStrictEqual([1n, 2n ** 62n, null]);
  });
});
