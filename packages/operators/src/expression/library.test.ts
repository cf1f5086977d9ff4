import { BatchBuilder, type Value, valueAt } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { ScalarFunction } from '@millrace/plan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { likeMatcher } from '../function/like.ts';
import { call, col, evaluate, evaluateOne, lit, NOW, T } from '../testing/evaluate.ts';
import { compileProjection } from './compile.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`library.test seed ${seed}`);

type Argument = readonly [DataType, Value];
const s = (value: string | null): Argument => [T.string, value];
const n = (value: number | null): Argument => [T.integer, value];
const big = (value: bigint): Argument => [T.bigint, value];
const ts = (value: number): Argument => [T.timestamp, value];
const smile = '\u{1F600}';
const at = Date.UTC(2026, 10, 24, 12, 34, 56, 789);
const date = Math.floor(at / 86_400_000);
const json = '{"a": {"b": [1, {"c": "x\\u00e9"}], "n": 12345678901234567890.10}, "z": null, "t": true}';

const cases: readonly (readonly [ScalarFunction, DataType, readonly Argument[], Value])[] = [
  ['concat', T.string, [s('a'), s('b'), s('c')], 'abc'],
  ['concat-ws', T.string, [s('-'), s('a'), s(null), s('c')], 'a-c'],
  ['upper', T.string, [s('aé')], 'AÉ'],
  ['lower', T.string, [s('AÉ')], 'aé'],
  ['char-length', T.integer, [s(`a${smile}`)], 2],
  ['trim', T.string, [s('  a b ')], 'a b'],
  ['trim', T.string, [s('xyaxy'), s('xy')], 'a'],
  ['ltrim', T.string, [s('  a ')], 'a '],
  ['rtrim', T.string, [s(' a  ')], ' a'],
  ['ltrim', T.string, [s(`${smile}a`), s(smile)], 'a'],
  ['substring', T.string, [s(`a${smile}bc`), n(2)], `${smile}bc`],
  ['substring', T.string, [s(`a${smile}bc`), n(2), n(1)], smile],
  ['substring', T.string, [s('abc'), n(0), n(2)], 'ab'],
  ['substring', T.string, [s('abc'), n(-2)], 'bc'],
  ['substring', T.string, [s('abc'), n(9)], ''],
  ['substring', T.string, [s('abc'), n(1), n(-1)], null],
  ['position', T.integer, [s('b'), s(`${smile}b`)], 2],
  ['position', T.integer, [s('x'), s('ab')], 0],
  ['replace', T.string, [s('a.b.c'), s('.'), s('$&')], 'a$&b$&c'],
  ['replace', T.string, [s(`a${smile}`), s(''), s('-')], `-a-${smile}-`],
  ['replace', T.string, [s(''), s(''), s('-')], '-'],
  ['instr', T.integer, [s(`${smile}banana`), s('an')], 3],
  ['instr', T.integer, [s('banana'), s('ana'), n(1), n(2)], 4],
  ['instr', T.integer, [s(`banana${smile}`), s('a'), n(-2)], 6],
  ['instr', T.integer, [s('banana'), s('a'), n(-1), n(3)], 2],
  ['instr', T.integer, [s('banana'), s('a'), n(7)], 0],
  ['instr', T.integer, [s('banana'), s('a'), n(1), n(0)], null],
  ['left', T.string, [s(`${smile}bc`), n(2)], `${smile}b`],
  ['left', T.string, [s('abc'), n(-1)], ''],
  ['right', T.string, [s(`ab${smile}`), n(2)], `b${smile}`],
  ['right', T.string, [s('ab'), n(5)], 'ab'],
  ['lpad', T.string, [s('hi'), n(5), s('xy')], 'xyxhi'],
  ['lpad', T.string, [s('hello'), n(2), s('x')], 'he'],
  ['rpad', T.string, [s('hi'), n(4), s(smile)], `hi${smile}${smile}`],
  ['rpad', T.string, [s('hi'), n(4), s('')], null],
  ['repeat', T.string, [s('ab'), n(3)], 'ababab'],
  ['repeat', T.string, [s('ab'), n(0)], ''],
  ['reverse', T.string, [s(`a${smile}b`)], `b${smile}a`],
  ['initcap', T.string, [s('hello wORLD-x1')], 'Hello World-X1'],
  ['split-index', T.string, [s('a,b,,d'), s(','), n(2)], ''],
  ['split-index', T.string, [s('a,b'), s(','), n(2)], null],
  ['regexp-replace', T.string, [s('a1b22'), s('[0-9]+'), s('<$0$&>')], 'a<$0$&>b<$0$&>'],
  ['regexp-replace', T.string, [s('ab'), s('(a)(b)'), s('$2$1\\$1$30')], '$2$1\\$1$30'],
  ['regexp-extract', T.string, [s('foothebar'), s('foo(.*?)(bar)'), n(2)], 'bar'],
  ['regexp-extract', T.string, [s('x'), s('y'), n(0)], null],
  ['similar-regexp', T.boolean, [s('order-17'), s('^order-\\d+$')], true],
  ['similar-regexp', T.boolean, [s('ORDER-17'), s('(?i)order-[\\d&&[^8]]+$')], true],
  ['regexp-count', T.integer, [s('a1b22'), s('\\p{Alpha}')], 2],
  ['regexp-instr', T.integer, [s(`${smile}ab`), s('b')], 3],
  ['similar-to', T.boolean, [s('ab12'), s('[a-z]+[0-9]{2}')], true],
  ['similar-to', T.boolean, [s('ab12'), s('[a-z]+')], false],
  ['similar-to', T.boolean, [s('50%'), s('50!%'), s('!')], true],
  ['rand', T.double, [n(42)], 0.7275636800328681],
  ['rand-integer', T.integer, [n(-7), n(100)], 62],
  [
    'starts-with',
    T.boolean,
    [
      [T.bytes, Uint8Array.of(1, 2)],
      [T.bytes, Uint8Array.of(1)],
    ],
    true,
  ],
  [
    'ends-with',
    T.boolean,
    [
      [T.bytes, Uint8Array.of(1, 2)],
      [T.bytes, Uint8Array.of(1)],
    ],
    false,
  ],
  ['ends-with', T.boolean, [s(`a${smile}`), s(smile)], true],
  ['elt', T.bytes, [n(2), [T.bytes, Uint8Array.of(1)], [T.bytes, Uint8Array.of(2)]], Uint8Array.of(2)],
  ['local-time', T.timestamp, [[T.ltz, 0], s('PST')], -28_800_000],
  ['instant', T.ltz, [ts(0), s('GMT+9')], -32_400_000],
  ['json-text', T.string, [s('[1, 2]')], '[1, 2]'],
  ['md5', T.string, [s('')], 'd41d8cd98f00b204e9800998ecf8427e'],
  ['sha256', T.string, [s('abc')], 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['json-value', T.string, [s(json), s('$.a.b[1].c')], 'xé'],
  ['json-value', T.string, [s(json), s('$.a.n')], '12345678901234567890.10'],
  ['json-value', T.string, [s(json), s("lax $['t']")], 'true'],
  ['json-value', T.string, [s(json), s('$.a')], null],
  ['json-value', T.string, [s(json), s('$.z')], null],
  ['json-value', T.string, [s('no json'), s('$.a')], null],
  ['json-value', T.string, [s('{"a": tru}'), s('$.a')], null],
  ['json-exists', T.boolean, [s(json), s('$.z')], true],
  ['json-exists', T.boolean, [s(json), s('$.a.b[2]')], false],
  ['datetime-plus', T.timestamp, [ts(Date.UTC(2024, 0, 31, 5)), [T.months, 1]], Date.UTC(2024, 1, 29, 5)],
  ['datetime-plus', T.timestamp, [ts(at), [T.ms, -789]], at - 789],
  [
    'datetime-plus',
    T.date,
    [
      [T.date, date],
      [T.ms, 86_400_000],
    ],
    date + 1,
  ],
  [
    'datetime-plus',
    T.time,
    [
      [T.time, 0],
      [T.ms, -1000],
    ],
    86_399_000,
  ],
  ['datetime-diff-ms', T.ms, [ts(at), [T.date, date]], 45_296_789],
  ['datetime-diff-ms', T.bigint, [ts(1), ts(3)], -2n],
  ['to-timestamp-ltz', T.ltz, [big(1_700_000_000n), n(0)], 1_700_000_000_000],
  ['to-timestamp-ltz', T.ltz, [big(1_700_000_000_123n), n(3)], 1_700_000_000_123],
  ['to-timestamp-ltz', T.ltz, [big(2n ** 62n), n(3)], null],
  ['to-timestamp', T.timestamp, [s('2026-11-24 12:34:56.789')], at],
  ['to-timestamp', T.timestamp, [s('24/11/2026 12.34'), s('dd/MM/yyyy HH.mm')], at - 56_789],
  ['to-timestamp', T.timestamp, [s('soon')], null],
  [
    'date-format',
    T.string,
    [ts(at), s("yyyy-MM-dd'T'HH:mm:ss.SSS EEE MMM h a")],
    '2026-11-24T12:34:56.789 Tue Nov 12 PM',
  ],
  ['date-format', T.string, [ts(-1), s('yy/M/d HH:mm:ss')], '69/12/31 23:59:59'],
  ['unix-timestamp', T.bigint, [s('1970-01-02 00:00:00')], 86_400n],
  ['unix-timestamp', T.bigint, [s('1970'), s('yyyy')], 0n],
  ['unix-timestamp', T.bigint, [], BigInt(Math.floor(NOW / 1000))],
  ['from-unixtime', T.string, [big(86_399n)], '1970-01-01 23:59:59'],
  ['from-unixtime', T.string, [big(0n), s('yyyyMMdd')], '19700101'],
  ['current-timestamp', T.ltz, [], NOW],
  ['current-date', T.date, [], Math.floor(NOW / 86_400_000)],
];

describe('a scalar function', () => {
  it.each(cases)('%s(%#) gives what Flink gives', (name, type, args, expected) => {
    const make = (...columns: Parameters<typeof call>[2][]) => call(name, type, ...columns);
    if (args.length === 0) expect(evaluate(call(name, type), [T.integer], [[1], [2]])[0]).toStrictEqual(expected);
    else expect(evaluateOne(make, ...args)).toStrictEqual(expected);
  });

  it('RAND with a constant seed is one sequence over all batches', () => {
    const random = call('rand', T.double, lit(42, T.integer));
    const project = compileProjection([random], { fields: [{ name: 'n', type: T.integer }] }, 'test');
    const builder = () => {
      const made = new BatchBuilder({ fields: [{ name: 'n', type: T.integer }] });
      made.append([1]);
      return made.finish();
    };
    const drawn = [1, 2].map(() => project(builder(), 0)[0]);
    expect(drawn.map((column) => column && valueAt(column, T.double, 0))).toEqual([
      0.7275636800328681, 0.6832234717598454,
    ]);
  });

  it.each(cases.filter(([name, , args]) => args.length > 0 && name !== 'concat-ws'))(
    '%s(%#) of any NULL is NULL',
    (name, type, args) => {
      for (const nullAt of args.keys()) {
        const make = (...columns: Parameters<typeof call>[2][]) => call(name, type, ...columns);
        const withNull = args.map(([argType, value], at): Argument => [argType, at === nullAt ? null : value]);
        expect(evaluateOne(make, ...withNull)).toBeNull();
      }
    },
  );

  it.each([
    ['YEAR', 2026n],
    ['QUARTER', 4n],
    ['MONTH', 11n],
    ['WEEK', 48n],
    ['DAY', 24n],
    ['DOY', 328n],
    ['DOW', 3n],
    ['ISODOW', 2n],
    ['hour', 12n],
    ['MINUTE', 34n],
    ['SECOND', 56n],
    ['MILLISECOND', 789n],
    ['MICROSECOND', 789_000n],
    ['NANOSECOND', 789_000_000n],
    ['DECADE', 202n],
    ['CENTURY', 21n],
    ['MILLENNIUM', 3n],
    ['ISOYEAR', 2026n],
    ['EPOCH', BigInt(Math.floor(at / 1000))],
  ] as const)('extract %s', (unit, expected) => {
    expect(
      evaluateOne((x) => call('extract', T.bigint, lit(unit, T.string), x ?? lit(null, T.timestamp)), ts(at)),
    ).toBe(expected);
  });

  it.each([
    ['year', Date.UTC(2026, 0, 1)],
    ['QUARTER', Date.UTC(2026, 9, 1)],
    ['MONTH', Date.UTC(2026, 10, 1)],
    ['WEEK', Date.UTC(2026, 10, 22)],
    ['DAY', Date.UTC(2026, 10, 24)],
    ['HOUR', Date.UTC(2026, 10, 24, 12)],
    ['MINUTE', Date.UTC(2026, 10, 24, 12, 34)],
    ['SECOND', Date.UTC(2026, 10, 24, 12, 34, 56)],
    ['DECADE', Date.UTC(2020, 0, 1)],
    ['CENTURY', Date.UTC(2001, 0, 1)],
    ['MILLENNIUM', Date.UTC(2001, 0, 1)],
  ] as const)('date-trunc %s', (unit, expected) => {
    expect(
      evaluateOne((x) => call('date-trunc', T.timestamp, lit(unit, T.string), x ?? lit(null, T.timestamp)), ts(at)),
    ).toBe(expected);
  });

  it('that is told nonsense says what is allowed', () => {
    expect(() =>
      evaluate(call('extract', T.bigint, lit('EON', T.string), col(0, T.timestamp)), [T.timestamp], [[1]]),
    ).toThrow(/'EON' is no unit of time; use MILLENNIUM/);
    expect(() =>
      evaluateOne((x) => call('date-format', T.string, x ?? lit(null, T.timestamp), lit('bb', T.string)), ts(0)),
    ).toThrow(/'bb' is no date format: it uses b; known letters are G y/);
    expect(() =>
      evaluateOne((x) => call('similar-regexp', T.boolean, x ?? lit(null, T.string), lit('(', T.string)), s('a')),
    ).toThrow(/no regular expression/);
    expect(() =>
      evaluateOne((x) => call('json-value', T.string, x ?? lit(null, T.string), lit('a.b', T.string)), s('{}')),
    ).toThrow(/no JSON path/);
    expect(() =>
      evaluateOne((x) => call('local-time', T.timestamp, x ?? lit(null, T.ltz), lit('Mars', T.string)), [T.ltz, 0]),
    ).toThrow(/no time zone 'Mars'/);
    expect(() => evaluateOne((x) => call('rand-integer', T.integer, x ?? lit(0, T.integer)), n(0))).toThrow(/above 0/);
    expect(() => evaluateOne((x) => call('json-text', T.string, x ?? lit(null, T.string)), s('{'))).toThrow(/is JSON/);
    expect(() =>
      evaluateOne((x) => call('repeat', T.string, x ?? lit(null, T.string), lit(2_000_000_000, T.integer)), s('ab')),
    ).toThrow(/the limit is/);
  });
});

describe('LIKE', () => {
  const alphabet = fc.constantFrom('a', 'b', '%', '_', smile, '.');

  it('agrees with the textbook definition', () => {
    const matches = (text: readonly string[], pattern: readonly string[]): boolean => {
      const [head, ...rest] = pattern;
      if (head === undefined) return text.length === 0;
      if (head === '%') return matches(text, rest) || (text.length > 0 && matches(text.slice(1), pattern));
      return text.length > 0 && (head === '_' || head === text[0]) && matches(text.slice(1), rest);
    };
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 8 }), fc.array(alphabet, { maxLength: 6 }), (text, pattern) => {
        expect(likeMatcher(pattern.join(''))(text.join(''))).toBe(matches(text, pattern));
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('takes an escape character and refuses a pointless one', () => {
    const like = (pattern: string, text: string) =>
      evaluateOne(
        (x) => call('like', T.boolean, x ?? lit(null, T.string), lit(pattern, T.string), lit('!', T.string)),
        s(text),
      );
    expect(like('100!%', '100%')).toBe(true);
    expect(like('100!%', '1000')).toBe(false);
    expect(like('a!!_', 'a!b')).toBe(true);
    expect(() => like('a!b', 'ab')).toThrow(/may only stand before/);
    expect(() => like('a!', 'a')).toThrow(/ends in the escape character/);
  });

  it('with a pattern from a column, and NULL', () => {
    const rows: Value[][] = [
      ['abc', 'a%'],
      ['abc', 'b%'],
      [null, '%'],
      ['a', null],
    ];
    expect(
      evaluate(call('like', T.boolean, col(0, T.string), col(1, T.string)), [T.string, T.string], rows),
    ).toStrictEqual([true, false, null, null]);
  });

  it('needs no more than text times pattern', () => {
    const text = 'a'.repeat(20_000);
    const started = performance.now();
    expect(likeMatcher(`${'%a'.repeat(50)}_%b`)(text)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
