import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { ScalarFunction } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { call, cast, col, decimal, evaluate, lit, T } from '../testing/evaluate.ts';

const arrayOf = (element: DataType): DataType => ({ kind: 'array', element, nullable: true });
const mapOf = (key: DataType, value: DataType): DataType => ({ kind: 'map', key, value, nullable: true });
const INTS = arrayOf(T.integer);
const BIGS = arrayOf(T.bigint);
const TEXTS = arrayOf(T.string);
const MAP = mapOf(T.string, T.integer);
const ROW: DataType = {
  kind: 'row',
  fields: [
    { name: 'a', type: T.bigint },
    { name: 'd', type: decimal(10, 2) },
    { name: 'b', type: T.boolean },
  ],
  nullable: true,
};

type Argument = readonly [DataType, Value];
const ints = (...items: readonly (number | null)[]): Argument => [INTS, items];
const texts = (...items: readonly (string | null)[]): Argument => [TEXTS, items];
const map = (...entries: readonly (readonly [string, number | null])[]): Argument => [MAP, new Map(entries)];
const n = (value: number | null): Argument => [T.integer, value];
const s = (value: string | null): Argument => [T.string, value];
const yes = (value: boolean): Argument => [T.boolean, value];
const BIG = 9007199254740993n;

const CASES: readonly (readonly [ScalarFunction, DataType, readonly Argument[], Value])[] = [
  ['array', INTS, [n(1), n(null)], [1, null]],
  ['printf', T.string, [s('%s %d %.1f %s'), s('x'), [T.bigint, BIG], [decimal(10, 2), '-1.25'], n(null)], 'x 9007199254740993 -1.3 null'],
  ['printf', T.string, [s(null), n(1)], null],
  ['printf', T.string, [s('%d'), s('x')], null],
  ['value-code', T.string, [[BIGS, [BIG, null]]], 'a2:i9007199254740993;n'],
  ['value-of-code', BIGS, [s('a2:i9007199254740993;n')], [BIG, null]],
  ['json-items', TEXTS, [s('["a", 1, null, {"b": 2}]')], ['a', '1', null, '{"b": 2}']],
  ['json-items', TEXTS, [s('{}')], null],
  ['json-item', T.string, [s('ABSENT 0'), [T.bigint, null]], null],
  ['json-item', T.string, [s('NULL 0'), [T.bigint, BIG]], '9007199254740993'],
  ['json-member', T.string, [s('NULL 1'), s('k'), s('[1]')], '"k":[1]'],
  ['json-elements', T.string, [s('1,2')], '[1,2]'],
  ['json-members', T.string, [s('"a":1,"b":[2]')], '{"a":1,"b":[2]}'],
  ['array', BIGS, [[T.bigint, BIG], [T.bigint, 1n]], [BIG, 1n]],
  ['array', arrayOf(decimal(10, 2)), [[decimal(10, 2), '1.50']], ['1.50']],
  ['map', MAP, [s('a'), n(1), s('b'), n(2), s('a'), n(3)], new Map([['a', 3], ['b', 2]])],
  ['row', ROW, [[T.bigint, BIG], [decimal(10, 2), '-0.05'], [T.boolean, null]], [BIG, '-0.05', null]],
  ['row-field', T.bigint, [[ROW, [BIG, '1.00', true]], n(0)], BIG],
  ['row-field', decimal(10, 2), [[ROW, [1n, '12345678.90', true]], n(1)], '12345678.90'],
  ['row-field', T.boolean, [[ROW, [1n, null, false]], n(2)], false],
  ['row-field', decimal(10, 2), [[ROW, null], n(1)], null],
  ['array-element', T.integer, [ints(5, 6), n(2)], 6],
  ['array-element', T.integer, [ints(5, 6), n(3)], null],
  ['array-element', T.integer, [ints(5, 6), n(0)], null],
  ['array-element', T.bigint, [[BIGS, [BIG]], n(1)], BIG],
  ['map-element', T.integer, [map(['a', 1]), s('a')], 1],
  ['map-element', T.integer, [map(['a', null]), s('a')], null],
  ['map-element', T.integer, [map(['a', 1]), s('b')], null],
  ['cardinality', T.integer, [ints(1, null)], 2],
  ['cardinality', T.integer, [map(['a', 1])], 1],
  ['cardinality', T.integer, [[INTS, null]], null],
  ['element', T.integer, [ints(7)], 7],
  ['array-contains', T.boolean, [ints(1, null), n(1)], true],
  ['array-contains', T.boolean, [ints(1, null), n(null)], true],
  ['array-contains', T.boolean, [ints(1), n(2)], false],
  ['array-position', T.integer, [texts('a', 'b', 'b'), s('b')], 2],
  ['array-position', T.integer, [texts('a'), s('z')], 0],
  ['array-distinct', INTS, [ints(3, 1, 3, null, null)], [3, 1, null]],
  ['array-remove', INTS, [ints(1, 2, 1), n(1)], [2]],
  ['array-reverse', INTS, [ints(1, 2, 3)], [3, 2, 1]],
  ['array-slice', INTS, [ints(1, 2, 3, 4), n(2), n(3)], [2, 3]],
  ['array-slice', INTS, [ints(1, 2, 3, 4), n(-2), n(-1)], [3, 4]],
  ['array-slice', INTS, [ints(1, 2, 3), n(2)], [2, 3]],
  ['array-slice', INTS, [ints(1, 2, 3), n(3), n(2)], []],
  ['array-union', INTS, [ints(1, 2, 1), ints(3, 2)], [1, 2, 3]],
  ['array-intersect', INTS, [ints(1, 2, 2, null), ints(2, null)], [2, null]],
  ['array-except', INTS, [ints(1, 2, 1), ints(2)], [1]],
  ['array-concat', INTS, [ints(1), ints(2, 1)], [1, 2, 1]],
  ['array-append', INTS, [ints(1), n(null)], [1, null]],
  ['array-prepend', INTS, [ints(1), n(0)], [0, 1]],
  ['array-max', T.integer, [ints(1, null, 10, 9)], 10],
  ['array-max', T.integer, [ints(null)], null],
  ['array-min', decimal(10, 2), [[arrayOf(decimal(10, 2)), ['9.00', '10.00', '-1.00']]], '-1.00'],
  ['array-max', decimal(10, 2), [[arrayOf(decimal(10, 2)), ['9.00', '10.00']]], '10.00'],
  ['array-min', T.string, [texts('b', 'B', 'a')], 'B'],
  ['array-sort', INTS, [ints(2, null, 1)], [null, 1, 2]],
  ['array-sort', INTS, [ints(2, null, 1), yes(false)], [2, 1, null]],
  ['array-sort', INTS, [ints(2, null, 1), yes(true), yes(false)], [1, 2, null]],
  ['array-join', T.string, [texts('a', null, 'b'), s('-')], 'a-b'],
  ['array-join', T.string, [texts('a', null, 'b'), s('-'), s('?')], 'a-?-b'],
  ['array-join', T.string, [texts('a', null, 'b'), s('-'), s(null)], null],
  ['map-keys', TEXTS, [map(['a', 1], ['b', null])], ['a', 'b']],
  ['map-values', INTS, [map(['a', 1], ['b', null])], [1, null]],
  ['map-entries', arrayOf(ROW), [map(['a', 1])], [['a', 1]]],
  ['map-from-arrays', MAP, [texts('a', 'b'), ints(1, 2)], new Map([['a', 1], ['b', 2]])],
  ['map-union', MAP, [map(['a', 1], ['b', 2]), map(['b', 3])], new Map([['a', 1], ['b', 3]])],
  ['split', TEXTS, [s('a,b,,c'), s(',')], ['a', 'b', '', 'c']],
  ['split', TEXTS, [s('ab'), s('')], ['a', 'b']],
  ['str-to-map', mapOf(T.string, T.string), [s('a=1,b'), ], new Map([['a', '1'], ['b', null]])],
  ['str-to-map', mapOf(T.string, T.string), [s('a=1  b=x=y '), s('\\s+')], new Map([['a', '1'], ['b', 'x=y']])],
  ['str-to-map', mapOf(T.string, T.string), [s('')], new Map()],
  ['str-to-map', mapOf(T.string, T.string), [s('a:1;b:2'), s(';'), s(':')], new Map([['a', '1'], ['b', '2']])],
]; // biome-ignore format: a table

describe('functions on ROW, ARRAY and MAP give what Flink documents, on every path', () => {
  it.each(CASES)('%s %#', (name, type, args, expected) => {
    const expression = call(name, type, ...args.map(([argType], at) => col(at, argType)));
    const types = args.map(([argType]) => argType);
    const row = args.map(([, value]) => value);
    expect(evaluate(expression, types, [row, row, row])).toEqual([expected, expected, expected]);
  });

  it('a cast goes into arrays, maps and rows', () => {
    const from: DataType = {
      kind: 'row',
      nullable: true,
      fields: [
        { name: 'a', type: T.integer },
        { name: 'b', type: mapOf(T.string, arrayOf(T.bigint)) },
        { name: 'c', type: T.timestamp },
      ],
    };
    const to: DataType = {
      kind: 'row',
      nullable: true,
      fields: [
        { name: 'x', type: T.bigint },
        { name: 'y', type: mapOf(T.string, arrayOf(decimal(18, 1))) },
        { name: 'z', type: T.string },
      ],
    };
    const rows: readonly Value[] = [[1, new Map([['k', [BIG, null]]]), 0], [null, null, null], null];
    expect(
      evaluate(
        cast(col(0, from), to),
        [from],
        rows.map((row) => [row]),
      ),
    ).toEqual([
      [1n, new Map([['k', ['9007199254740993.0', null]]]), '1970-01-01 00:00:00.000'],
      [null, null, null],
      null,
    ]);
  });

  it('a value inside a collection can be computed with', () => {
    const sum = call(
      '+',
      T.bigint,
      call('array-element', T.bigint, col(0, BIGS), lit(1, T.integer)),
      lit('1', T.bigint),
    );
    expect(evaluate(sum, [BIGS], [[[1n]], [[BIG]], [null]])).toEqual([2n, BIG + 1n, null]);
  });

  it.each([
    ['element', T.integer, [ints(7, 8)], 'takes an array of one element, not of 2'],
    ['map-from-arrays', MAP, [texts('a', 'b'), ints(1)], 'takes as many values as keys, not 1 for 2'],
    ['json-member', T.string, [s('NULL 0'), s(null), n(1)], 'A key of JSON_OBJECTAGG is NULL'],
    ['json-members', T.string, [s('"a":1,"a":2')], 'stands twice in one group'],
  ] as const)('%s of what it does not take fails the record', (name, type, args, message) => {
    const expression = call(name, type, ...args.map(([argType], at) => col(at, argType)));
    const types = args.map(([argType]) => argType);
    expect(() => evaluate(expression, types, [args.map(([, value]) => value)])).toThrow(message);
  });
});
