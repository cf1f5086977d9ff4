import type { Value } from '@millrace/batch';
import { type DataType, formatDataType } from '@millrace/model';
import { expect, it } from 'vitest';
import { formatValue, type PreviewValue } from './format-value.ts';

const nullable = true;
const at = Date.UTC(2026, 10, 24, 0, 12, 31, 123);
const text: DataType = { kind: 'string', nullable };

const cases: readonly [Value, DataType, PreviewValue][] = [
  [null, text, null],
  [9_007_199_254_740_993n, { kind: 'bigint', nullable }, '9007199254740993'],
  ['12.50', { kind: 'decimal', precision: 10, scale: 2, nullable }, '12.50'],
  [-3, { kind: 'integer', nullable }, -3],
  [0.1, { kind: 'double', nullable }, 0.1],
  [Number.NaN, { kind: 'double', nullable }, 'NaN'],
  [at, { kind: 'timestamp', precision: 3, nullable }, '2026-11-24 00:12:31.123'],
  [at, { kind: 'timestamp_ltz', precision: 0, nullable }, '2026-11-24 00:12:31'],
  [1_795_479_151_123_456n, { kind: 'timestamp', precision: 6, nullable }, '2026-11-24 00:12:31.123456'],
  [1_795_479_151_100_000n, { kind: 'timestamp', precision: 6, nullable }, '2026-11-24 00:12:31.100000'],
  [-1n, { kind: 'timestamp_ltz', precision: 9, nullable }, '1969-12-31 23:59:59.999999999'],
  [-62_135_596_800_000_000_000n, { kind: 'timestamp', precision: 9, nullable }, '0001-01-01 00:00:00.000000000'],
  [253_402_300_799_999_999_999n, { kind: 'timestamp', precision: 9, nullable }, '9999-12-31 23:59:59.999999999'],
  [-1, { kind: 'date', nullable }, '1969-12-31'],
  [3_723_004, { kind: 'time', precision: 3, nullable }, '01:02:03.004'],
  [14, { kind: 'interval', unit: 'months', nullable }, '+1-02'],
  [-14, { kind: 'interval', unit: 'months', nullable }, '-1-02'],
  [0, { kind: 'interval', unit: 'milliseconds', nullable }, '+0 00:00:00.000'],
  [-93_784_005, { kind: 'interval', unit: 'milliseconds', nullable }, '-1 02:03:04.005'],
  [Uint8Array.of(10, 255), { kind: 'bytes', nullable }, "x'0aff'"],
  [['a', null], { kind: 'array', element: text, nullable }, '[a, NULL]'],
  [new Map([['k', 1]]), { kind: 'map', key: text, value: { kind: 'integer', nullable }, nullable }, '{k=1}'],
  [
    [true, 'x'],
    {
      kind: 'row',
      fields: [
        { name: 'a', type: { kind: 'boolean', nullable } },
        { name: 'b', type: text },
      ],
      nullable,
    },
    '(true, x)',
  ],
];

const named = cases.map(
  ([value, type, expected]) => [formatDataType(type), String(expected), value, type, expected] as const,
);

it.each(named)('%s is shown as %s', (_type, _shown, value, type, expected) => {
  expect(formatValue(value, type)).toBe(expected);
});

it('a TIMESTAMP_LTZ is shown as the clock of the session shows it, also within others; a TIMESTAMP is on no clock', () => {
  const instant: DataType = { kind: 'timestamp_ltz', precision: 3, nullable };
  expect(formatValue(at, instant, 'Asia/Shanghai')).toBe('2026-11-24 08:12:31.123');
  expect(formatValue([at], { kind: 'array', element: instant, nullable }, '+01:30')).toBe('[2026-11-24 01:42:31.123]');
  const fine: DataType = { kind: 'timestamp_ltz', precision: 6, nullable };
  expect(formatValue(BigInt(at) * 1_000n + 456n, fine, 'Asia/Shanghai')).toBe('2026-11-24 08:12:31.123456');
  expect(formatValue([-1n], { kind: 'array', element: fine, nullable }, '+01:30')).toBe('[1970-01-01 01:29:59.999999]');
  expect(formatValue(at, { kind: 'timestamp', precision: 3, nullable }, 'Asia/Shanghai')).toBe(
    '2026-11-24 00:12:31.123',
  );
});
