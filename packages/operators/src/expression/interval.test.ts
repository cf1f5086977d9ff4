import type { DataType } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { call, cast, col, decimal, evaluate, evaluateOne, T } from '../testing/evaluate.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`interval.test seed ${seed}`);
const options = { seed, numRuns: 200 };

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const months = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)));
const milliseconds = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER));
const counts = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }).map(BigInt),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 2n ** 53n, -(2n ** 63n)),
);

/** What the engine gives, or that it refuses. */
function outcome(compute: () => unknown): unknown {
  try {
    return compute();
  } catch (error) {
    expect(String(error)).toMatch(/an INTERVAL of more than 285,000 years/);
    return 'out of range';
  }
}

function exactly(value: bigint, type: DataType): unknown {
  if (type === T.months) return Number(BigInt.asIntN(32, value));
  return value > SAFE || value < -SAFE ? 'out of range' : Number(value);
}

describe('INTERVAL arithmetic is that of integers: months wrap, milliseconds are exact or fail the record', () => {
  it.each([
    ['months', T.months, months],
    ['milliseconds', T.ms, milliseconds],
  ] as const)('+ - negate of %s', (_, type, values) => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const of = (name: '+' | '-') => () =>
          evaluateOne((x, y) => call(name, type, ...both(x, y)), [type, a], [type, b]);
        expect(outcome(of('+'))).toBe(exactly(BigInt(a) + BigInt(b), type));
        expect(outcome(of('-'))).toBe(exactly(BigInt(a) - BigInt(b), type));
        const negated = () => evaluateOne((x) => call('negate', type, x ?? col(0, type)), [type, a]);
        expect(outcome(negated)).toBe(exactly(-BigInt(a), type));
      }),
      options,
    );
  });

  it.each([
    ['months', T.months, months],
    ['milliseconds', T.ms, milliseconds],
  ] as const)('so many times %s, the count a BIGINT', (_, type, values) => {
    fc.assert(
      fc.property(values, counts, (a, n) => {
        const product = () => evaluateOne((x, y) => call('*', type, ...both(x, y)), [type, a], [T.bigint, n]);
        expect(outcome(product)).toBe(exactly(BigInt(a) * n, type));
      }),
      options,
    );
  });

  it('NULL in, NULL out, and zero has no sign', () => {
    const rows = [[5, null], [null, 3n], [0, -3n], [-4, 0n]]; // biome-ignore format: a table
    const product = call('*', T.ms, col(0, T.ms), col(1, T.bigint));
    expect(evaluate(product, [T.ms, T.bigint], rows)).toStrictEqual([null, null, 0, 0]);
    const negated = call('negate', T.ms, col(0, T.ms));
    expect(evaluate(negated, [T.ms, T.bigint], rows)).toStrictEqual([-5, null, 0, 4]);
  });
});

describe('an INTERVAL and the number it counts', () => {
  it.each([
    [T.ms, 93_784_567, T.bigint, 93_784_567n],
    [T.ms, -2_592_000_000, T.integer, 1_702_967_296],
    [T.ms, Number.MAX_SAFE_INTEGER, decimal(20, 2), '9007199254740991.00'],
    [T.ms, 1_000, decimal(3, 0), null],
    [T.months, -14, T.tinyint, -14],
    [T.months, 300, T.tinyint, 44],
    [T.months, 18, T.bigint, 18n],
    [T.months, 18, decimal(5, 1), '18.0'],
    [T.integer, -7, T.ms, -7],
    [T.bigint, 86_400_000n, T.ms, 86_400_000],
    [T.tinyint, 3, T.months, 3],
    [T.bigint, 9_007_199_254_740_993n, T.months, 1],
  ] as const)('%j %s as %j is %s', (from, value, to, expected) => {
    expect(evaluateOne((x) => cast(x ?? col(0, from), to), [from, value])).toStrictEqual(expected);
    expect(evaluateOne((x) => cast(x ?? col(0, from), to), [from, null])).toBeNull();
  });

  it('more milliseconds than a double counts exactly fail the record', () => {
    const over = () => evaluateOne((x) => cast(x ?? col(0, T.bigint), T.ms), [T.bigint, 2n ** 53n]);
    expect(over).toThrow(/^test: CAST\(c0 AS INTERVAL SECOND\(3\)\): an INTERVAL of more than 285,000 years/);
  });
});

describe('a DATE moves by whole days, towards itself', () => {
  const hour = 3_600_000;
  it.each([[hour, 0], [-hour, 0], [23 * hour, 0], [25 * hour, 1], [-25 * hour, -1], [48 * hour, 2]])('%s ms are %s days', (ms, days) => {
    for (const from of [20_000, 0, -3]) {
      const moved = evaluateOne((x, y) => call('datetime-plus', T.date, ...both(x, y)), [T.date, from], [T.ms, ms]);
      expect(moved).toBe(from + days);
    }
  }); // biome-ignore format: a table
});

function both<Part>(a: Part | undefined, b: Part | undefined): readonly [Part, Part] {
  if (a === undefined || b === undefined) throw new Error('two parts');
  return [a, b];
}
