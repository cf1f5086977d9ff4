import { expect, it } from 'vitest';
import { RecycledBuffers } from './recycled-buffers.ts';

const KIB = 1024;

it('memory that was given back is used again, for any length of its size, and for one taker at a time', () => {
  const buffers = new RecycledBuffers();
  const first = buffers.take(900 * KIB);
  expect(first).toHaveLength(900 * KIB);
  expect(buffers.take(900 * KIB).buffer).not.toBe(first.buffer);
  buffers.give(first.subarray(10, 20));
  const again = buffers.take(1000 * KIB);
  expect(again).toHaveLength(1000 * KIB);
  expect(again.buffer).toBe(first.buffer);
  expect(buffers.take(1000 * KIB).buffer).not.toBe(first.buffer);
});

it('giving back twice, or what was never taken, changes nothing', () => {
  const buffers = new RecycledBuffers();
  const taken = buffers.take(100 * KIB);
  for (const given of [taken, taken, Buffer.alloc(128 * KIB), Buffer.from('small')]) buffers.give(given);
  const next = [buffers.take(100 * KIB), buffers.take(100 * KIB)];
  expect(next.filter(({ buffer }) => buffer === taken.buffer)).toHaveLength(1);
});

it('no more than some megabytes are kept, and nothing that is small or huge', () => {
  const buffers = new RecycledBuffers();
  const keptOf = (length: number, count: number) => {
    const taken = Array.from({ length: count }, () => buffers.take(length));
    for (const buffer of taken) buffers.give(buffer);
    const before = new Set(taken.map(({ buffer }) => buffer));
    return Array.from({ length: count }, () => buffers.take(length)).filter(({ buffer }) => before.has(buffer)).length;
  };
  expect(keptOf(KIB, 10)).toBe(0);
  expect(keptOf(3 * KIB * KIB, 10)).toBe(0);
  expect(keptOf(KIB * KIB, 50)).toBe(8);
});
