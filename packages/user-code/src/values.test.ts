import type { Value } from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { formatDataType } from '@millrace/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { declare, load, resultOf, results, sandboxOf } from './testing/declare.ts';

// From source a sandbox starts as slowly as a process does.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const nullable = true;
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const digits = (count: number) => fc.bigInt(-(10n ** BigInt(count) - 1n), 10n ** BigInt(count) - 1n);
const decimal = (precision: number, scale: number) =>
  digits(precision).map((unscaled) => {
    const padded = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
    return `${unscaled < 0n ? '-' : ''}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  });
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => new Uint8Array(array));
const row: DataType = {
  kind: 'row',
  fields: [
    { name: 'a', type: { kind: 'bigint', nullable } },
    { name: '__proto__', type: { kind: 'string', nullable } },
  ],
  nullable,
};
const micros: DataType = { kind: 'timestamp', precision: 6, nullable };
const nanos: DataType = { kind: 'timestamp_ltz', precision: 9, nullable };
const bigints = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);

const cells = fc.tuple(fc.option(bigints), fc.option(text)) as fc.Arbitrary<readonly Value[]>;

/** Values of every kind of type, edges among them. */
const KINDS: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  [{ kind: 'boolean', nullable }, fc.boolean()],
  [{ kind: 'tinyint', nullable }, fc.integer({ min: -128, max: 127 })],
  [{ kind: 'smallint', nullable }, fc.integer({ min: -32_768, max: 32_767 })],
  [{ kind: 'integer', nullable }, fc.integer()],
  [{ kind: 'bigint', nullable }, bigints],
  [{ kind: 'double', nullable }, fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 5e-324))],
  [{ kind: 'float', nullable }, fc.oneof(fc.float(), fc.constantFrom(-0, Number.NaN, Infinity))],
  [{ kind: 'decimal', precision: 38, scale: 18, nullable }, decimal(38, 18)],
  [{ kind: 'decimal', precision: 10, scale: 2, nullable }, decimal(10, 2)],
  [{ kind: 'string', nullable }, fc.oneof(text, fc.constantFrom('', '\u0000', '!', '"\\', '\u2028', '𝄞'))],
  [{ kind: 'bytes', nullable }, bytes],
  [{ kind: 'date', nullable }, fc.integer({ min: -719_162, max: 2_932_896 })],
  [{ kind: 'time', precision: 3, nullable }, fc.integer({ min: 0, max: 86_399_999 })],
  [{ kind: 'interval', unit: 'months', nullable }, fc.integer()],
  [{ kind: 'interval', unit: 'milliseconds', nullable }, fc.maxSafeInteger()],
  [{ kind: 'timestamp', precision: 3, nullable }, fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })],
  [{ kind: 'timestamp_ltz', precision: 0, nullable }, fc.integer({ min: -1e9, max: 4e9 }).map((s) => s * 1_000)],
  [micros, fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n)],
  [nanos, fc.bigInt(-62_135_596_800_000_000_000n, 253_402_300_799_999_999_999n)],
  [{ kind: 'timestamp', precision: 4, nullable }, fc.bigInt(-10n, 10n)],
  [{ kind: 'array', element: { kind: 'bigint', nullable }, nullable }, fc.array(fc.option(bigints), { maxLength: 5 })],
  [{ kind: 'map', key: { kind: 'string', nullable: false }, value: { kind: 'bytes', nullable }, nullable }, fc.array(fc.tuple(text, bytes), { maxLength: 4 }).map((pairs) => new Map(pairs))],
  [row, cells],
  [{ kind: 'array', element: row, nullable }, fc.array(cells, { maxLength: 3 })],
]; // biome-ignore format: a table

describe('a value goes through a function and comes back as it was', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  const identities = KINDS.map(([type], at) =>
    declare('return x;', { name: `same${at}`, parameters: [{ name: 'x', type }], returns: type }),
  );
  let functions: UserFunctions;

  beforeAll(async () => {
    functions = await load(...identities);
  });

  afterAll(() => functions.close());

  it.each(KINDS.map(([type, values], at) => [formatDataType(type), values, at] as const))('%s', (_, values, at) => {
    const of = identities[at];
    if (of === undefined) throw new Error('no such function');
    fc.assert(
      fc.property(fc.array(fc.option(values), { minLength: 1, maxLength: 30 }), (given) => {
        expect(results(functions, of, given), `seed ${seed}`).toEqual(given);
      }),
      { seed, numRuns: 30 },
    );
  });
});

describe('what a value is inside a body', () => {
  const INSIDE: readonly (readonly [DataType, Value, string, string])[] = [
    [{ kind: 'bigint', nullable }, 2n ** 62n, 'typeof x + x', 'bigint4611686018427387904'],
    [{ kind: 'decimal', precision: 20, scale: 2, nullable }, '12.50', 'typeof x + x', 'string12.50'],
    [{ kind: 'timestamp', precision: 3, nullable }, 0, 'x.toISOString()', '1970-01-01T00:00:00.000Z'],
    [micros, -1n, 'typeof x + x', 'string1969-12-31T23:59:59.999999'],
    [micros, -1n, 'new Date(x).toISOString()', '1969-12-31T23:59:59.999Z'],
    [nanos, -62_135_596_800_000_000_000n, 'x', '0001-01-01T00:00:00.000000000Z'],
    [nanos, 1_795_479_151_123_456_789n, 'new Date(x).toISOString()', '2026-11-24T00:12:31.123Z'],
    [{ kind: 'array', element: micros, nullable }, [1n], 'x.join()', '1970-01-01T00:00:00.000001'],
    [{ kind: 'date', nullable }, 1, 'x.toISOString()', '1970-01-02T00:00:00.000Z'],
    [{ kind: 'bytes', nullable }, new Uint8Array([255, 0]), 'x.constructor.name + x.join()', 'Uint8Array255,0'],
    [row, [1n, 'b'], 'JSON.stringify(Object.keys(x)) + x.a', '["a","__proto__"]1'],
    [
      { kind: 'map', key: { kind: 'string', nullable }, value: { kind: 'integer', nullable }, nullable },
      new Map([['k', 7]]),
      "x.constructor.name + x.get('k')",
      'Map7',
    ],
    [{ kind: 'string', nullable }, null, 'String(x)', 'null'],
  ];
  const insideSandbox = sandboxOf(
    INSIDE.map(([type, , expression]) => declare(`return ${expression}`, { parameters: [{ name: 'x', type }] })),
  );
  it.each(INSIDE.map((each, at) => [...each, at] as const))('%o', (_, value, _expression, expected, at) => {
    expect(insideSandbox.resultOf(at, value)).toBe(expected);
  });
});

describe('a result that is not of the declared type is refused, and never rounded or cut', () => {
  const decimal2: DataType = { kind: 'decimal', precision: 5, scale: 2, nullable };
  const WRONG: readonly (readonly [DataType, string, string])[] = [
    [{ kind: 'integer', nullable }, '1.5', '1.5 is not INT'],
    [{ kind: 'tinyint', nullable }, '128', '128 is not TINYINT'],
    [{ kind: 'bigint', nullable }, '2 ** 60', 'is not BIGINT (a BigInt such as 12n'],
    [{ kind: 'bigint', nullable }, '2n ** 63n', '9223372036854775808n is not BIGINT'],
    [decimal2, '1.25', "1.25 is not DECIMAL(5, 2): give its digits as text, such as '12.50' or x.toFixed(2)"],
    [decimal2, "'1.255'", '1.255 has more than 2 digits after the point'],
    [decimal2, "'1000'", '1000 is not DECIMAL(5, 2)'],
    [{ kind: 'boolean', nullable }, '1', '1 is not BOOLEAN'],
    [{ kind: 'timestamp', precision: 3, nullable }, 'new Date(NaN)', 'the Date is invalid'],
    [{ kind: 'timestamp', precision: 0, nullable }, 'new Date(1)', 'the Date has more digits of a second'],
    [micros, "'2026-11-24T00:12:31.1234567'", '2026-11-24T00:12:31.1234567 has more than 6 digits of a second: cut it'],
    [micros, "'2026-02-30T00:00:00'", 'is not TIMESTAMP(6)'],
    [micros, "'yesterday'", 'yesterday is not TIMESTAMP(6)'],
    [micros, '1795479151123456n', '1795479151123456n is not TIMESTAMP(6) (a Date, or a text such as'],
    [micros, 'new Date(NaN)', 'the Date is invalid'],
    [{ kind: 'date', nullable }, 'new Date(1)', 'the Date has a time of day'],
    [
      { kind: 'interval', unit: 'months', nullable },
      '2 ** 31',
      '2147483648 is not INTERVAL MONTH (a number of months)',
    ],
    [
      { kind: 'interval', unit: 'milliseconds', nullable },
      '0.5',
      '0.5 is not INTERVAL SECOND(3) (a number of milliseconds)',
    ],
    [{ kind: 'string', nullable: false }, 'null', 'NULL is not STRING'],
    [row, '({ a: 1n, c: 2 })', '"c" is no column of ROW'],
    [row, '[1n]', 'an array of 1 values is not ROW'],
    [row, "({ a: 'x' })", 'a: "x" is not BIGINT'],
    [{ kind: 'array', element: { kind: 'string', nullable }, nullable }, "'abc'", '"abc" is not ARRAY<STRING>'],
  ];
  const wrongSandbox = sandboxOf(WRONG.map(([returns, expression]) => declare(`return ${expression}`, { returns })));
  it.each(WRONG.map((each, at) => [...each, at] as const))('%o', (_, _expression, message, at) => {
    expect(() => wrongSandbox.resultOf(at)).toThrow(message);
  });

  it('a time of more digits is a Date, or a text with or without a zone', async () => {
    const given = (expression: string) => resultOf(declare(`return ${expression}`, { returns: micros }));
    expect(await given('new Date(-1)')).toBe(-1_000n);
    expect(await given("'2026-11-24 02:12:31.5000000+02:00'")).toBe(1_795_479_151_500_000n);
  });

  it('whole numbers are good BIGINTs and DECIMALs, and trailing zeros no digits', async () => {
    expect(await resultOf(declare('return x.length', { returns: { kind: 'bigint', nullable } }))).toBe(1n);
    expect(await resultOf(declare('return 12n', { returns: decimal2 }))).toBe('12.00');
    expect(await resultOf(declare("return '-0.500'", { returns: decimal2 }))).toBe('-0.50');
  });
});

describe('a table function', () => {
  const returns: DataType = {
    kind: 'row',
    fields: [
      { name: 'word', type: { kind: 'string', nullable } },
      { name: 'size', type: { kind: 'integer', nullable } },
    ],
    nullable: false,
  };

  it('yields rows as objects or arrays; a column left out is NULL', async () => {
    const of = declare("yield { word: x, size: 1 }; yield ['b', 2]; yield { size: 3 };", { kind: 'table', returns });
    expect(await resultOf(of, 'a')).toEqual([
      ['a', 1],
      ['b', 2],
      [null, 3],
    ]);
  });

  it('gives more rows than fit into one call', async () => {
    const of = declare('for (let n = 0; n < 50; n++) yield [x, n];', { kind: 'table', returns });
    const functions = await load(of);
    const values = Array.from({ length: 3_000 }, (_, at) => `row ${at}`);
    const given = results(functions, of, values);
    expect(given.map((rows) => (Array.isArray(rows) ? rows.length : 0))).toEqual(values.map(() => 50));
    functions.close();
  });

  it('that yields what is no row is told how', async () => {
    await expect(resultOf(declare('yield x;', { kind: 'table', returns }))).rejects.toThrow(
      'give an object by column, or an array in their order',
    );
  });
});
