import { describe, expect, test } from 'vitest';
import { DEFAULT_PARTITION, escapeName, partitionFolder, readPartitionName, unescapeName } from './partition-path.ts';
import { partitionText, partitionTypeProblem, partitionValue } from './partition-value.ts';

describe('names of folders are those of Hive and Flink', () => {
  test.each([
    ['2024-01-31', '2024-01-31'],
    ['10:30', '10%3A30'],
    ['a/b\\c', 'a%2Fb%5Cc'],
    ['100%', '100%25'],
    ['k=v', 'k%3Dv'],
    ['"#\'*?{}[]^', '%22%23%27%2A%3F%7B%7D%5B%5D%5E'],
    ['a b<>|&', 'a b<>|&'],
    ['\n\u0000\u007f', '%0A%00%7F'],
    ['杭州 €', '杭州 €'],
    ['..', '..'],
  ])('%j is %j, and back', (text, name) => {
    expect(escapeName(text)).toBe(name);
    expect(unescapeName(name)).toBe(text);
  });

  test('one per column, from the outermost; NULL and the empty text have a name of their own', () => {
    const folder = (...texts: (string | null)[]) => partitionFolder(['dt', 'a=b'], texts, DEFAULT_PARTITION);
    expect(folder('2024-01-31', '10/11')).toBe('dt=2024-01-31/a%3Db=10%2F11');
    expect(folder(null, '')).toBe('dt=__DEFAULT_PARTITION__/a%3Db=__DEFAULT_PARTITION__');
    expect(folder('x'.repeat(252), 'y')).toMatch(/^dt=x{252}\//);
    expect(folder('x'.repeat(253), 'y')).toBeUndefined();
    expect(folder('€'.repeat(100), 'y')).toBeUndefined();
  });

  test('what is read is what was written', () => {
    expect(readPartitionName('a%3Db=10%2F11', 'none')).toEqual({ column: 'a=b', text: '10/11' });
    expect(readPartitionName('dt=none', 'none')).toEqual({ column: 'dt', text: null });
    expect(readPartitionName('dt=', 'none')).toEqual({ column: 'dt', text: '' });
    expect(readPartitionName('50%=1%zz', 'none')).toEqual({ column: '50%', text: '1%zz' });
    for (const name of ['2024', '=x', 'part-1.json']) expect(readPartitionName(name, 'none')).toBeUndefined();
  });
});

describe('a value has one text, and a text one value', () => {
  const nullable = true;
  test.each([
    [{ kind: 'string', nullable }, ' x ', ' x '],
    [{ kind: 'boolean', nullable }, true, 'true'],
    [{ kind: 'integer', nullable }, -7, '-7'],
    [{ kind: 'bigint', nullable }, 9_007_199_254_740_993n, '9007199254740993'],
    [{ kind: 'decimal', precision: 30, scale: 2, nullable }, '12345678901234567890.50', '12345678901234567890.50'],
    [{ kind: 'date', nullable }, 19_753, '2024-01-31'],
    [{ kind: 'timestamp', precision: 3, nullable }, 1_706_695_200_000, '2024-01-31 10:00:00'],
    [{ kind: 'timestamp', precision: 3, nullable }, 1_706_695_200_001, '2024-01-31 10:00:00.001'],
    [{ kind: 'timestamp', precision: 6, nullable }, 1_706_695_200_000_000n, '2024-01-31 10:00:00'],
    [{ kind: 'timestamp', precision: 9, nullable }, -1n, '1969-12-31 23:59:59.999999999'],
  ] as const)('%j: %s', (type, value, text) => {
    expect(partitionText(value, type)).toBe(text);
    expect(partitionValue(text, type)).toEqual(value);
  });

  test('NULL is NULL where it may be, and what is no value is none', () => {
    expect(partitionText(null, { kind: 'integer', nullable })).toBeNull();
    expect(partitionValue(null, { kind: 'integer', nullable })).toBeNull();
    expect(partitionValue(null, { kind: 'integer', nullable: false })).toBeUndefined();
    expect(partitionValue('x', { kind: 'integer', nullable })).toBeUndefined();
    expect(partitionValue('300', { kind: 'tinyint', nullable })).toBeUndefined();
    expect(partitionValue('2024-13-01', { kind: 'date', nullable })).toBeUndefined();
    expect(partitionValue('01', { kind: 'integer', nullable })).toBe(1);
  });

  test('types that have several texts name no folder', () => {
    expect(partitionTypeProblem('at', { kind: 'timestamp_ltz', precision: 3, nullable: false })).toBe(
      "at is TIMESTAMP_LTZ(3), which names no folder: partition by STRING, BOOLEAN, whole numbers, DECIMAL, DATE or TIMESTAMP, such as DATE_FORMAT(..., 'yyyy-MM-dd')",
    );
  });
});
