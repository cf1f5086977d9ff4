import { formatDecimal, parseDecimal } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { call, col, decimal, evaluate, evaluateOne, T } from '../testing/evaluate.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`arithmetic.test seed ${seed}`);
const options = { seed, numRuns: 150 };

type Operator = '+' | '-' | '*' | '/' | '%';
const operators: readonly Operator[] = ['+', '-', '*', '/', '%'];

function wide(operator: Operator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

const int64 = fc.oneof(
  fc.integer().map(BigInt),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 0n, 1n, -1n),
);

/** Exact rational result rounded half away from zero at `scale`, as `[numerator, denominator]`. */
function halfUp(numerator: bigint, denominator: bigint, scale: number): bigint {
  const n = numerator * 10n ** BigInt(scale);
  const negative = n < 0n !== denominator < 0n;
  const [p, q] = [n < 0n ? -n : n, denominator < 0n ? -denominator : denominator];
  const size = (2n * p + q) / (2n * q);
  return negative ? -size : size;
}

describe('integer arithmetic', () => {
  it.each([
    [T.tinyint, 8],
    [T.smallint, 16],
    [T.integer, 32],
  ] as const)('of %j wraps at its width, as in Java', (type, bits) => {
    const value = fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });
    fc.assert(
      fc.property(fc.constantFrom(...operators), value, value, (operator, a, b) => {
        fc.pre(b !== 0n || (operator !== '/' && operator !== '%'));
        const found = evaluateOne((x, y) => call(operator, type, ...both(x, y)), [type, Number(a)], [type, Number(b)]);
        expect(found).toBe(Number(BigInt.asIntN(bits, wide(operator, a, b))));
      }),
      options,
    );
  });

  it('of BIGINT is exact and wraps at 64 bits, beyond 2^53 too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operators),
        fc.array(fc.tuple(int64, int64), { minLength: 1, maxLength: 5 }),
        (operator, pairs) => {
          fc.pre(pairs.every(([, b]) => b !== 0n) || (operator !== '/' && operator !== '%'));
          const expression = call(operator, T.bigint, col(0, T.bigint), col(1, T.bigint));
          const expected = pairs.map(([a, b]) => BigInt.asIntN(64, wide(operator, a, b)));
          expect(evaluate(expression, [T.bigint, T.bigint], pairs)).toStrictEqual(expected);
        },
      ),
      options,
    );
  });

  it.each(['/', '%'] as const)('that divides by zero (%s) names the expression and the dividend', (operator) => {
    const divide = () =>
      evaluateOne((x, y) => call(operator, T.bigint, ...both(x, y)), [T.bigint, 12n], [T.bigint, 0n]);
    expect(divide).toThrow(`test: (c0 ${operator} c1) divides 12 by zero`);
    expect(evaluateOne((x, y) => call(operator, T.bigint, ...both(x, y)), [T.bigint, null], [T.bigint, 0n])).toBeNull();
  });
});

describe('decimal arithmetic', () => {
  const decimals = fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).filter(([p, s]) => s <= p);
  // All lengths alike, so that many products and sums lie just on either side of 2^53.
  const valued = decimals.chain(([p, s]) =>
    fc.tuple(
      fc.constant(decimal(p, s)),
      fc.constant(s),
      fc
        .integer({ min: 1, max: p })
        .chain((digits) => fc.bigInt({ min: 1n - 10n ** BigInt(digits), max: 10n ** BigInt(digits) - 1n })),
    ),
  );

  it('is exact, rounds half up to the scale of the result, and is NULL when too long', () => {
    fc.assert(
      fc.property(fc.constantFrom(...operators), valued, valued, decimals, (operator, left, right, [p, s]) => {
        const [[leftType, s1, a], [rightType, s2, b]] = [left, right];
        fc.pre(b !== 0n || (operator !== '/' && operator !== '%'));
        const common = Math.max(s1, s2);
        const [x, y] = [a * 10n ** BigInt(common - s1), b * 10n ** BigInt(common - s2)];
        const unit = 10n ** BigInt(common);
        const exact: Record<Operator, readonly [bigint, bigint]> = {
          '+': [x + y, unit],
          '-': [x - y, unit],
          '*': [x * y, unit * unit],
          '/': [x, y],
          '%': [y === 0n ? 0n : x % y, unit],
        };
        const rounded = halfUp(...exact[operator], s);
        const fits = rounded < 10n ** BigInt(p) && rounded > -(10n ** BigInt(p));
        const found = evaluateOne(
          (m, n) => call(operator, decimal(p, s), ...both(m, n)),
          [leftType, formatDecimal(a, s1)],
          [rightType, formatDecimal(b, s2)],
        );
        expect(found).toBe(fits ? formatDecimal(rounded, s) : null);
      }),
      { ...options, numRuns: 400 },
    );
  });

  it('drops only exact digits: a product or sum just beyond 2^53 is not rounded twice', () => {
    const near = fc.bigInt({ min: 60_000_000n, max: 300_000_000n });
    const huge = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n });
    const operands = fc.oneof(
      fc.tuple(fc.constant('*' as const), near, near),
      fc.tuple(fc.constant('+' as const), huge, huge),
    );
    const [type, coarse] = [decimal(16, 4), decimal(38, 3)];
    fc.assert(
      fc.property(fc.array(operands, { minLength: 1, maxLength: 20 }), (list) => {
        for (const [operator, a, b] of list) {
          const exact: readonly [bigint, bigint] = operator === '*' ? [a * b, 10n ** 8n] : [a + b, 10n ** 4n];
          const expression = call(operator, coarse, col(0, type), col(1, type));
          const found = evaluate(expression, [type, type], [[formatDecimal(a, 4), formatDecimal(b, 4)]]);
          expect(found).toStrictEqual([formatDecimal(halfUp(...exact, 3), 3)]);
        }
      }),
      { seed, numRuns: 40 },
    );
  });

  it('keeps a row that overflows from touching its neighbours', () => {
    const type = decimal(3, 0);
    const expression = call('*', type, col(0, type), col(1, type));
    expect(
      evaluate(
        expression,
        [type, type],
        [
          ['2', '3'],
          ['999', '999'],
          [null, '1'],
          ['-5', '5'],
        ],
      ),
    ).toStrictEqual(['6', null, null, '-25']);
  });

  it('that divides by zero fails', () => {
    const type = decimal(10, 2);
    expect(() => evaluateOne((x, y) => call('/', type, ...both(x, y)), [type, '1.50'], [type, '0.00'])).toThrow(
      /divides 1.50 by zero/,
    );
  });
});

describe('double arithmetic', () => {
  it('is IEEE 754, division by zero included, as in Flink', () => {
    const divide = (a: number, b: number) =>
      evaluateOne((x, y) => call('/', T.double, ...both(x, y)), [T.double, a], [T.double, b]);
    expect(divide(1, 4)).toBe(0.25);
    expect(divide(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(divide(0, 0)).toBeNaN();
  });

  it('of FLOAT is rounded to 32 bits', () => {
    expect(
      evaluateOne(
        (x, y) => call('+', T.float, ...both(x, y)),
        [T.float, Math.fround(0.1)],
        [T.float, Math.fround(0.2)],
      ),
    ).toBe(Math.fround(Math.fround(0.1) + Math.fround(0.2)));
  });
});

describe('one-argument functions', () => {
  it.each([
    ['negate', T.bigint, 2n ** 63n - 1n, -(2n ** 63n) + 1n],
    ['negate', T.bigint, -(2n ** 63n), -(2n ** 63n)],
    ['negate', T.integer, -2_147_483_648, -2_147_483_648],
    ['abs', T.bigint, -(2n ** 60n), 2n ** 60n],
    ['abs', T.double, -1.5, 1.5],
    ['sign', T.bigint, -7n, -1n],
    ['ceil', T.double, 1.2, 2],
    ['floor', T.double, -1.2, -2],
    ['round', T.double, 2.5, 3],
    ['round', T.double, -2.5, -3],
    ['truncate', T.double, -2.7, -2],
    ['sqrt', T.double, 9, 3],
    ['exp', T.double, 0, 1],
    ['ln', T.double, 1, 0],
    ['log10', T.double, 1000, 3],
  ] as const)('%s of %j %s is %s', (name, type, value, expected) => {
    expect(evaluateOne((x) => call(name, type, ...both(x)), [type, value])).toBe(expected);
    expect(evaluateOne((x) => call(name, type, ...both(x)), [type, null])).toBeNull();
  });

  it.each([
    ['ceil', '1.01', '2'],
    ['ceil', '-1.99', '-1'],
    ['floor', '-1.01', '-2'],
    ['floor', '99999999999999999999999999.99', '99999999999999999999999999'],
    ['ceil', '99999999999999999999999999.01', '100000000000000000000000000'],
  ] as const)('%s of DECIMAL %s is %s', (name, value, expected) => {
    expect(evaluateOne((x) => call(name, decimal(38, 0), ...both(x)), [decimal(38, 2), value])).toBe(expected);
  });

  it('round and truncate take a number of places, negative ones too', () => {
    const places = (name: 'round' | 'truncate', type: DataType, value: string, n: number) =>
      evaluateOne((x, y) => call(name, type, ...both(x, y)), [decimal(20, 4), value], [T.integer, n]);
    expect(places('round', decimal(20, 2), '12.3450', 2)).toBe('12.35');
    expect(places('round', decimal(20, 4), '-12.3456', 3)).toBe('-12.3460');
    expect(places('truncate', decimal(20, 2), '-12.3499', 2)).toBe('-12.34');
    expect(places('round', decimal(20, 0), '1251.0000', -2)).toBe('1300');
    expect(places('round', decimal(20, 4), '12.3456', 99)).toBe('12.3456');
    const rounded = (value: number, n: number) =>
      evaluateOne((x, y) => call('round', T.double, ...both(x, y)), [T.double, value], [T.integer, n]);
    expect(rounded(1.005, 2)).toBe(1.01);
    expect(rounded(1251, -2)).toBe(1300);
    expect(rounded(Number.NaN, 2)).toBeNaN();
    expect(evaluateOne((x, y) => call('power', T.double, ...both(x, y)), [T.double, 2], [T.double, 10])).toBe(1024);
  });
});

function both<E>(...args: readonly (E | undefined)[]): E[] {
  return args.filter((arg) => arg !== undefined);
}

it('the reference itself reads decimals as the column does', () => {
  expect(parseDecimal('1.005', 2)).toBe(halfUp(1005n, 1000n, 2));
});
