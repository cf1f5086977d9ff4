import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { ScalarFunction } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { call, col, decimal, evaluate, T } from '../testing/evaluate.ts';

type Argument = readonly [DataType, Value];
const s = (value: string | null): Argument => [T.string, value];
const n = (value: number | null): Argument => [T.integer, value];
const d = (value: number): Argument => [T.double, value];
const big = (value: bigint): Argument => [T.bigint, value];
const bytes = (...values: readonly number[]): Argument => [T.bytes, new Uint8Array(values)];
const smile = '\u{1F600}';
const TEXTS: DataType = { kind: 'array', element: T.string, nullable: true };
const NESTED: DataType = {
  kind: 'row',
  nullable: true,
  fields: [
    { name: 'a', type: T.bigint },
    { name: 'b', type: { kind: 'map', key: T.string, value: decimal(4, 2), nullable: true } },
    { name: 'c', type: { kind: 'array', element: T.date, nullable: true } },
    { name: 'd"', type: T.boolean },
  ],
};

/** Digests of 'abc' are those of FIPS 180-4 and RFC 3174. */
const CASES: readonly (readonly [ScalarFunction, DataType, readonly Argument[], Value])[] = [
  ['sha1', T.string, [s('abc')], 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha224', T.string, [s('abc')], '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'],
  ['sha384', T.string, [s('abc')], 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
  ['sha512', T.string, [s('abc')], 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'],
  ['bin', T.string, [big(10n)], '1010'],
  ['bin', T.string, [big(-1n)], '1'.repeat(64)],
  ['hex', T.string, [big(9007199254740993n)], '20000000000001'],
  ['hex', T.string, [s('héllo')], '68C3A96C6C6F'],
  ['unhex', T.bytes, [s('0aFF')], new Uint8Array([10, 255])],
  ['unhex', T.bytes, [s('xy')], null],
  ['to-base64', T.string, [s('hello é')], 'aGVsbG8gw6k='],
  ['from-base64', T.string, [s('aGVsbG8gw6k=')], 'hello é'],
  ['ascii', T.integer, [s('A')], 65],
  ['ascii', T.integer, [s('')], 0],
  ['chr', T.string, [n(97)], 'a'],
  ['chr', T.string, [n(353)], 'a'],
  ['encode', T.bytes, [s('é'), s('ISO-8859-1')], new Uint8Array([0xe9])],
  ['encode', T.bytes, [s('a'), s('UTF-16')], new Uint8Array([0xfe, 0xff, 0, 0x61])],
  ['decode', T.string, [bytes(0xc3, 0xa9), s('UTF-8')], 'é'],
  ['decode', T.string, [bytes(0, 0x61), s('utf-16be')], 'a'],
  ['url-encode', T.string, [s('a b&c=é')], 'a+b%26c%3D%C3%A9'],
  ['url-decode', T.string, [s('a+b%26c%3D%C3%A9')], 'a b&c=é'],
  ['url-decode', T.string, [s('%zz')], null],
  ['parse-url', T.string, [s('http://u:p@host:81/a/b.html?x=1&y=2#top'), s('HOST')], 'host'],
  ['parse-url', T.string, [s('http://u:p@host:81/a/b.html?x=1&y=2#top'), s('AUTHORITY')], 'u:p@host:81'],
  ['parse-url', T.string, [s('http://host/a?x=1&y=2'), s('QUERY'), s('y')], '2'],
  ['parse-url', T.string, [s('http://host/a?x=1'), s('REF')], null],
  ['parse-url', T.string, [s('no url'), s('HOST')], null],
  ['overlay', T.string, [s(`ab${smile}d`), s('XY'), n(3)], 'abXY'],
  ['overlay', T.string, [s('This is an old string'), s(' new'), n(10), n(5)], 'This is a new string'],
  ['translate', T.string, [s(`a${smile}bca`), s(`a${smile}c`), s('x1')], 'x1bx'],
  ['regexp-count', T.integer, [s('a1b22c'), s('[0-9]+')], 2],
  ['regexp-instr', T.integer, [s(`${smile}1`), s('[0-9]')], 2],
  ['regexp-extract-all', TEXTS, [s('a1b22'), s('([a-z])([0-9]+)'), n(2)], ['1', '22']],
  ['elt', T.string, [n(2), s('a'), s('b')], 'b'],
  ['elt', T.string, [n(3), s('a'), s('b')], null],
  ['starts-with', T.boolean, [s('abc'), s('ab')], true],
  ['ends-with', T.boolean, [s('abc'), s('ab')], false],
  ['is-alpha', T.boolean, [s('aé')], true],
  ['is-decimal', T.boolean, [s('-1.5')], true],
  ['is-decimal', T.boolean, [s('1.5x')], false],
  ['is-digit', T.boolean, [s('12')], true],
  ['json-query', T.string, [s('{"a": [1, {"b": 2.10}]}'), s('$.a[1]')], '{"b":2.10}'],
  ['json-query', T.string, [s('{"a": 1}'), s('$.a')], null],
  ['json-quote', T.string, [s('a"b\n')], '"a\\"b\\n"'],
  ['json-unquote', T.string, [s('"a\\"b"')], 'a"b'],
  ['json-unquote', T.string, [s('{"a":1}')], '{"a":1}'],
  ['json-string', T.string, [[NESTED, [9007199254740993n, new Map([['k', '1.50']]), [0, null], null]]], '{"a":9007199254740993,"b":{"k":1.50},"c":["1970-01-01",null],"d\\"":null}'],
  ['to-date', T.date, [s('1970-01-02')], 1],
  ['to-date', T.date, [s('02/01/1970'), s('dd/MM/yyyy')], 1],
  ['to-date', T.date, [s('x')], null],
  ['log2', T.double, [d(8)], 3],
  ['atan2', T.double, [d(1), d(1)], Math.PI / 4],
  ['degrees', T.double, [d(Math.PI)], 180],
  ['radians', T.double, [d(180)], Math.PI],
  ['cot', T.double, [d(1)], 1 / Math.tan(1)],
]; // biome-ignore format: a table

describe('functions between texts, bytes and numbers give what Flink documents, on every path', () => {
  it.each(CASES)('%s %#', (name, type, args, expected) => {
    const expression = call(name, type, ...args.map(([argType], at) => col(at, argType)));
    const types = args.map(([argType]) => argType);
    const row = args.map(([, value]) => value);
    expect(evaluate(expression, types, [row, row, row])).toEqual([expected, expected, expected]);
  });

  it('an unknown character set is refused with the ones there are', () => {
    const expression = call('encode', T.bytes, col(0, T.string), col(1, T.string));
    expect(() => evaluate(expression, [T.string, T.string], [['a', 'EBCDIC']])).toThrow('use one of US-ASCII');
  });
});
