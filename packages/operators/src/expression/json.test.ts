import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { ScalarFunction } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { call, col, evaluate, evaluateOne, T } from '../testing/evaluate.ts';

type Argument = readonly [DataType, Value];
const s = (value: string | null): Argument => [T.string, value];
const n = (value: number | null): Argument => [T.integer, value];
const ts = (text: string): Argument => [T.timestamp, Date.parse(`${text}Z`)];
const json = '{"a": {"b": [1, 2]}, "n": 1.50, "z": null}';

/** Every argument NULL makes these NULL. */
const STRICT: readonly (readonly [ScalarFunction, DataType, readonly Argument[], Value])[] = [
  ['json-outcome', T.integer, [s(json), s('$.n'), s('VALUE')], 0],
  ['json-outcome', T.integer, [s(json), s('lax $.a'), s('VALUE')], 1],
  ['json-outcome', T.integer, [s(json), s('$.z'), s('VALUE')], 1],
  ['json-outcome', T.integer, [s(json), s('lax $.x'), s('VALUE')], 1],
  ['json-outcome', T.integer, [s(json), s('$.x'), s('VALUE')], 2],
  ['json-outcome', T.integer, [s(json), s('$.x'), s('EXISTS')], 2],
  ['json-outcome', T.integer, [s(json), s('lax $.x'), s('EXISTS')], 1],
  ['json-outcome', T.integer, [s(json), s('strict $.x'), s('VALUE')], 2],
  ['json-outcome', T.integer, [s(json), s('strict $.a'), s('VALUE')], 2],
  ['json-outcome', T.integer, [s('{"n": 1'), s('$.n'), s('VALUE')], 2],
  ['json-outcome', T.integer, [s(json), s('$.a.b'), s('QUERY')], 0],
  ['json-outcome', T.integer, [s(json), s('lax $.n'), s('QUERY')], 1],
  ['json-outcome', T.integer, [s(json), s('$.n'), s('WRAPPED')], 0],
  ['json-outcome', T.integer, [s(json), s('$.z'), s('EXISTS')], 0],
  ['json-outcome', T.integer, [s('x'), s('$.z'), s('EXISTS')], 2],
  ['json-query', T.string, [s(json), s('$.n'), s('CONDITIONAL')], '[1.50]'],
  ['json-query', T.string, [s(json), s('$.a.b'), s('CONDITIONAL')], '[1,2]'],
  ['json-query', T.string, [s(json), s('$.a.b'), s('UNCONDITIONAL')], '[[1,2]]'],
  ['json-query', T.string, [s('{"b": 1.50, "a": ["\\u00e9\\/", {"d": 9007199254740993, "c": null}]}'), s('$')], '{"a":["é/",{"c":null,"d":9007199254740993}],"b":1.50}'],
  ['json-query', T.string, [s(json), s('$.z'), s('UNCONDITIONAL')], null],
  ['is-json', T.boolean, [s(json), s('VALUE')], true],
  ['is-json', T.boolean, [s(json), s('OBJECT')], true],
  ['is-json', T.boolean, [s('[1]'), s('OBJECT')], false],
  ['is-json', T.boolean, [s('[1]'), s('ARRAY')], true],
  ['is-json', T.boolean, [s('"x"'), s('SCALAR')], true],
  ['is-json', T.boolean, [s('x'), s('VALUE')], false],
  ['position', T.integer, [s('a'), s('banana'), n(1)], 2],
  ['position', T.integer, [s('a'), s('banana'), n(3)], 4],
  ['position', T.integer, [s('a'), s('banana'), n(7)], 0],
  ['position', T.integer, [s('a'), s('banana'), n(0)], 0],
  ['position', T.integer, [s('b'), s('\u{1F600}b\u{1F600}b'), n(3)], 4],
  ['datetime-diff-months', T.bigint, [ts('2003-05-01T00:00:00'), ts('2003-02-01T00:00:00')], 3n],
  ['datetime-diff-months', T.bigint, [ts('2003-02-01T00:00:00'), ts('2003-05-01T00:00:00')], -3n],
  ['datetime-diff-months', T.bigint, [ts('2026-02-28T00:00:00'), ts('2026-01-31T00:00:00')], 1n],
  ['datetime-diff-months', T.bigint, [ts('2026-03-15T11:59:59'), ts('2026-02-15T12:00:00')], 0n],
  ['datetime-diff-months', T.bigint, [ts('2026-03-15T12:00:00'), ts('2026-02-15T12:00:00')], 1n],
  ['datetime-diff-months', T.bigint, [ts('2026-01-01T00:00:00'), ts('2026-01-01T00:00:00')], 0n],
]; // biome-ignore format: a table

/** Never NULL: NULLs are values of theirs. */
const CONSTRUCTORS: readonly (readonly [ScalarFunction, readonly Argument[], string])[] = [
  ['json-object', [s('NULL 00'), s('a'), n(1), s('b"'), s(null)], '{"a":1,"b\\"":null}'],
  ['json-object', [s('ABSENT 00'), s('a'), n(1), s('b'), s(null)], '{"a":1}'],
  ['json-object', [s('NULL 1'), s('a'), s('[1,2]')], '{"a":[1,2]}'],
  ['json-object', [s('NULL 0'), s('a'), s('[1,2]')], '{"a":"[1,2]"}'],
  ['json-object', [s('NULL ')], '{}'],
  ['json-array', [s('ABSENT 000'), n(1), n(null), s('x')], '[1,"x"]'],
  ['json-array', [s('NULL 000'), n(1), n(null), s('x')], '[1,null,"x"]'],
  ['json-array', [s('ABSENT 0'), [T.bigint, 9007199254740993n]], '[9007199254740993]'],
  ['json-array', [s('ABSENT ')], '[]'],
];

describe('JSON of SQL:2016, time zones and months give what Flink gives', () => {
  it.each(STRICT)('%s %#', (name, type, args, expected) => {
    const make = (...columns: Parameters<typeof call>[2][]) => call(name, type, ...columns);
    expect(evaluateOne(make, ...args)).toStrictEqual(expected);
    for (const at of args.keys()) {
      const withNull = args.map(([argType, value], place): Argument => [argType, place === at ? null : value]);
      expect(evaluateOne(make, ...withNull)).toBeNull();
    }
  });

  it.each(CONSTRUCTORS)('%s %#', (name, args, expected) => {
    expect(evaluateOne((...columns) => call(name, T.string, ...columns), ...args)).toBe(expected);
  });

  it('ERROR ON EMPTY fails the record with the path and the text', () => {
    const expression = call('json-fail', T.string, col(0, T.string), col(1, T.string));
    expect(() => evaluate(expression, [T.string, T.string], [['{}', '$.a']])).toThrow(
      '$.a finds nothing it can give in {}',
    );
  });
});
