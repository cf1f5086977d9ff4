import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { decodeNumbers, encodeNumbers, encodeNumbersAt } from './number-block.ts';

describe('numbers in as few bytes as they need', () => {
  it('what comes back is what went in, bit for bit', () => {
    const edges = [0, -0, 1, -1, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e300, -1e300];
    const odd = [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.7e12, 1.7e12 + 3];
    const all = [...edges, ...odd];
    for (const a of all) for (const b of all) expectExact([a, b], `${a} and ${b}`);
    for (const a of all) expectExact([a, a, a], `three times ${a}`);
    expectExact([], 'nothing');
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const range = 2 ** random.integer(60);
      const base = (random.next() - 0.5) * 2 ** random.integer(60);
      const values = Array.from(
        { length: random.integer(300) },
        () => Math.floor(base) + Math.floor(random.next() * range),
      );
      expectExact(values, `round ${round}`);
    }
  });

  it('times of one day take four bytes, counts one, a column of one value none', () => {
    const day = Float64Array.from({ length: 1000 }, (_, at) => 1_790_000_000_000 + at * 86_400);
    const [ofTimes, ofCounts, ofOne] = [day.slice(), day.map((_, at) => at % 200), day.map(() => 3)].map(
      (values) => encodeNumbers(values).length,
    );
    expect([ofTimes, ofCounts, ofOne]).toEqual([4009, 1009, 9]);
  });

  it('rows are picked in their order, from every kind of array', () => {
    const rows = Int32Array.of(3, 0, 2);
    for (const values of [Float64Array.of(9, 8, 7, 6), Int32Array.of(9, 8, 7, 6), Uint8Array.of(9, 8, 7, 6)])
      expect([...decodeNumbers(encodeNumbersAt(values, rows), 3)]).toEqual([6, 9, 7]);
  });
});

/** At an odd offset of a larger buffer, as blocks of a file lie. */
function expectExact(values: readonly number[], what: string): void {
  const block = encodeNumbers(Float64Array.from(values));
  const file = new Uint8Array(block.length + 3);
  file.set(block, 3);
  const back = decodeNumbers(file.subarray(3), values.length);
  expect(
    [...back].every((value, at) => Object.is(value, values[at])),
    `${what}: ${back.join()}`,
  ).toBe(true);
}
