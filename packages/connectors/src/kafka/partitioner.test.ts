import { expect, test } from 'vitest';
import { murmur2, Partitioner } from './partitioner.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('keys hash as the Java client hashes them', () => {
  // The cases of Kafka's own UtilsTest.testMurmur2.
  const cases: readonly [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of cases) {
    const key = bytes(`..${text}..`);
    expect(murmur2(key, 2, key.length - 2), text).toBe(hash);
  }
});

test('rows without a key stay together within a batch and take turns between batches', () => {
  const partitioner = new Partitioner('default', [0, 1, 2], 0);
  const chosen = [1, 2, 3, 4].map(() => {
    partitioner.startBatch();
    const [first, second] = [partitioner.partitionOf(bytes(''), -1, -1), partitioner.partitionOf(bytes(''), -1, -1)];
    expect(second).toBe(first);
    return first;
  });
  expect(new Set(chosen.slice(0, 3))).toEqual(new Set([0, 1, 2]));
  expect(chosen[3]).toBe(chosen[0]);
});

test('a fixed partitioner gives every subtask one partition', () => {
  const partition = (subtask: number) => new Partitioner('fixed', [0, 1], subtask).partitionOf(bytes('k'), 0, 1);
  expect([0, 1, 2].map(partition)).toEqual([0, 1, 0]);
});
