import { BatchBuilder, forEachRow, type Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { call, cast, col, decimal, evaluate, evaluateOne, lit, NOW, T } from '../testing/evaluate.ts';
import { compilePredicate } from './compile.ts';

const three = [true, false, null] as const;
const pairs = three.flatMap((a) => three.map((b) => [a, b] as const));

describe('three-valued logic', () => {
  it('has the truth tables of SQL', () => {
    const and = pairs.map(([a, b]) => (a === false || b === false ? false : a === null || b === null ? null : true));
    const or = pairs.map(([a, b]) => (a === true || b === true ? true : a === null || b === null ? null : false));
    const of = (name: 'and' | 'or') => call(name, T.boolean, col(0, T.boolean), col(1, T.boolean));
    expect(evaluate(of('and'), [T.boolean, T.boolean], pairs)).toStrictEqual(and);
    expect(evaluate(of('or'), [T.boolean, T.boolean], pairs)).toStrictEqual(or);
    expect(
      evaluate(
        call('not', T.boolean, col(0, T.boolean)),
        [T.boolean],
        three.map((a) => [a]),
      ),
    ).toStrictEqual([false, true, null]);
  });

  it.each([
    ['is-null', [false, false, true]],
    ['is-not-null', [true, true, false]],
    ['is-true', [true, false, false]],
    ['is-not-true', [false, true, true]],
    ['is-false', [false, true, false]],
    ['is-not-false', [true, false, true]],
  ] as const)('%s is never NULL', (name, expected) => {
    expect(
      evaluate(
        call(name, T.boolean, col(0, T.boolean)),
        [T.boolean],
        three.map((a) => [a]),
      ),
    ).toStrictEqual(expected);
  });

  it('does not evaluate what is not reached', () => {
    const zero = call('/', T.integer, lit(1, T.integer), col(0, T.integer));
    const positive = call('>', T.boolean, zero, lit(0, T.integer));
    const guard = call('<>', T.boolean, col(0, T.integer), lit(0, T.integer));
    expect(evaluate(call('and', T.boolean, guard, positive), [T.integer], [[0], [1], [null]])).toStrictEqual([
      false,
      true,
      null,
    ]);
    const guarded: Expression = {
      kind: 'case',
      branches: [{ when: guard, value: zero }],
      otherwise: lit(-1, T.integer),
      type: T.integer,
    };
    expect(evaluate(guarded, [T.integer], [[0], [1], [null]])).toStrictEqual([-1, 1, -1]);
    expect(
      evaluate(
        call('coalesce', T.integer, col(0, T.integer), call('/', T.integer, lit(1, T.integer), lit(0, T.integer))),
        [T.integer],
        [[5]],
      ),
    ).toStrictEqual([5]);
  });

  it('keeps only rows for which a predicate is true, and the batch itself when that is all', () => {
    const schema = { fields: [{ name: 'b', type: T.boolean }] };
    const builder = new BatchBuilder(schema);
    for (const b of three) builder.append([b]);
    const batch = builder.finish();
    const kept: number[] = [];
    forEachRow(compilePredicate(col(0, T.boolean), schema, 'f')(batch, NOW), (row) => kept.push(row));
    expect(kept).toStrictEqual([0]);
    expect(compilePredicate(lit(true, T.boolean), schema, 'f')(batch, NOW)).toBe(batch);
  });
});

describe('conditional functions', () => {
  it('pick by NULL and equality', () => {
    const types: DataType[] = [T.string, T.string];
    const rows: Value[][] = [
      ['a', 'b'],
      [null, 'b'],
      ['a', null],
      [null, null],
      ['b', 'b'],
    ];
    const of = (name: 'coalesce' | 'nullif' | 'greatest' | 'least') =>
      evaluate(call(name, T.string, col(0, T.string), col(1, T.string)), types, rows);
    expect(of('coalesce')).toStrictEqual(['a', 'b', 'a', null, 'b']);
    expect(of('nullif')).toStrictEqual(['a', null, 'a', null, null]);
    expect(of('greatest')).toStrictEqual(['b', null, null, null, 'b']);
    expect(of('least')).toStrictEqual(['a', null, null, null, 'b']);
  });

  it('bring decimals of different scales to the scale of the result', () => {
    const [coarse, fine] = [decimal(10, 1), decimal(10, 3)];
    const of = (name: 'coalesce' | 'greatest') => call(name, fine, col(0, coarse), col(1, fine));
    expect(
      evaluate(
        of('greatest'),
        [coarse, fine],
        [
          ['1.2', '1.199'],
          ['1.2', '1.201'],
        ],
      ),
    ).toStrictEqual(['1.200', '1.201']);
    expect(
      evaluate(
        of('coalesce'),
        [coarse, fine],
        [
          ['1.2', null],
          [null, '7.001'],
        ],
      ),
    ).toStrictEqual(['1.200', '7.001']);
  });
});

describe('comparisons', () => {
  it('of strings go by code point and see the difference that UTF-16 hides', () => {
    const rows: Value[][] = [
      ['\u{1F600}', '\uFFFD'],
      ['a', 'ab'],
      ['é', 'é'],
      ['', 'a'],
      [null, 'a'],
    ];
    const of = (name: '<' | '=') =>
      evaluate(call(name, T.boolean, col(0, T.string), col(1, T.string)), [T.string, T.string], rows);
    expect(of('<')).toStrictEqual([false, true, false, true, null]);
    expect(of('=')).toStrictEqual([false, false, true, false, null]);
  });

  it('of decimals of different scales and of wide integers are exact', () => {
    const [a, b] = [decimal(38, 2), decimal(38, 10)];
    const rows: Value[][] = [
      ['0.10', '0.1000000000'],
      ['99999999999999999999999999.10', '9999999999999999999999999999.0999999999'.slice(2)],
    ];
    expect(evaluate(call('=', T.boolean, col(0, a), col(1, b)), [a, b], rows)).toStrictEqual([true, false]);
    const big = 2n ** 60n;
    const less = call('<', T.boolean, col(0, T.bigint), lit(String(big + 1n), T.bigint));
    expect(evaluate(less, [T.bigint], [[big], [big + 1n], [0n]])).toStrictEqual([true, false, true]);
  });

  it('know DISTINCT FROM, where NULL equals NULL', () => {
    const rows: Value[][] = [
      [1, 1],
      [1, 2],
      [null, 1],
      [null, null],
    ];
    const of = (name: 'is-distinct-from' | 'is-not-distinct-from') =>
      evaluate(call(name, T.boolean, col(0, T.integer), col(1, T.integer)), [T.integer, T.integer], rows);
    expect(of('is-distinct-from')).toStrictEqual([false, true, true, false]);
    expect(of('is-not-distinct-from')).toStrictEqual([true, false, false, true]);
  });

  it('of bytes are unsigned, of objects by content', () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    expect(
      evaluateOne(
        (x, y) => call('<', T.boolean, x ?? lit(null, T.bytes), y ?? lit(null, T.bytes)),
        [T.bytes, bytes(1, 0x7f)],
        [T.bytes, bytes(1, 0x80)],
      ),
    ).toBe(true);
    const array: DataType = { kind: 'array', element: T.bigint, nullable: true };
    expect(
      evaluate(
        call('=', T.boolean, col(0, array), col(1, array)),
        [array, array],
        [
          [
            [1n, null],
            [1n, null],
          ],
          [[1n], [2n]],
        ],
      ),
    ).toStrictEqual([true, false]);
  });

  it('find a value in a list, with NULL in it too', () => {
    const list = (...items: Expression[]) => call('in', T.boolean, col(0, T.bigint), ...items);
    const rows: Value[][] = [[1n], [2n], [2n ** 60n], [null]];
    const [one, big, none] = [lit('1', T.bigint), lit(String(2n ** 60n), T.bigint), lit(null, T.bigint)];
    expect(evaluate(list(one, big), [T.bigint], rows)).toStrictEqual([true, false, true, null]);
    expect(evaluate(list(one, none), [T.bigint], rows)).toStrictEqual([true, null, null, null]);
    expect(evaluate(list(one, col(0, T.bigint)), [T.bigint], rows)).toStrictEqual([true, true, true, null]);
    expect(
      evaluate(
        call('in', T.boolean, col(0, T.string), lit('a', T.string), lit('b', T.string)),
        [T.string],
        [['b'], ['c'], [null]],
      ),
    ).toStrictEqual([true, false, null]);
  });
});

describe('generated code', () => {
  const hostile = [
    '"; process.exit(1); //',
    "'); throw 1; ('",
    '`$' + '{process.exit(1)}`',
    '\\',
    '\u2028\u2029\n\r\u0000',
    '*/ /* K[0] R i }',
    '__proto__',
    '\uD800',
  ];

  it('holds no text of the user: literals, names, labels and patterns are data', () => {
    for (const text of hostile) {
      const schema = { fields: [{ name: text, type: T.string }] };
      const builder = new BatchBuilder(schema);
      builder.append([text]);
      builder.append(['other']);
      const batch = builder.finish();
      const equal = call('=', T.boolean, col(0, T.string), lit(text, T.string));
      const within = call('in', T.boolean, col(0, T.string), lit(text, T.string));
      const joined = call(
        '=',
        T.boolean,
        call('concat', T.string, col(0, T.string), lit(text, T.string)),
        lit(text + text, T.string),
      );
      for (const predicate of [equal, within, joined]) {
        expect([...(compilePredicate(predicate, schema, text)(batch, NOW).selection ?? [])]).toStrictEqual([0]);
      }
      const failing = compilePredicate(
        call('=', T.boolean, cast(col(0, T.string), T.integer), lit(1, T.integer)),
        schema,
        text,
      );
      expect(() => failing(batch, NOW)).toThrow(`cannot become INT`);
    }
  });

  it('computes a constant column and passes a column through untouched', () => {
    expect(evaluate(lit('x', T.string), [T.integer], [[1], [2]])).toStrictEqual(['x', 'x']);
    expect(evaluate(lit(null, decimal(5, 2)), [T.integer], [[1]])).toStrictEqual([null]);
    expect(evaluate(col(0, T.bytes), [T.bytes], [[Uint8Array.of(1)]])).toStrictEqual([Uint8Array.of(1)]);
  });
});
