import type { Value } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jdbc } from '../jdbc/connector.ts';
import { NetworkPolicy } from '../network/network-policy.ts';
import { checkOptions } from '../options.ts';
import { literalOf } from './literal.ts';
import { parseMysqlUrl } from './url.ts';

/** What needs no server; everything else is held against a real one by `npm run test:engines -- mysql`. */
const nullable = true;

describe('a value in a statement', () => {
  it.each<readonly [Value, DataType, string | undefined]>([
    [null, { kind: 'string', nullable }, 'NULL'],
    [2n ** 63n - 1n, { kind: 'bigint', nullable }, '9223372036854775807'],
    ['-1.50', { kind: 'decimal', precision: 3, scale: 2, nullable }, '-1.50'],
    [0.1, { kind: 'double', nullable }, '0.1e0'],
    [1e21, { kind: 'double', nullable }, '1e+21'],
    [Number.NaN, { kind: 'double', nullable }, undefined],
    [true, { kind: 'boolean', nullable }, '1'],
    [new Uint8Array([0, 255]), { kind: 'bytes', nullable }, "X'00ff'"],
    [-1, { kind: 'date', nullable }, "DATE'1969-12-31'"],
    [1, { kind: 'timestamp', precision: 3, nullable }, "TIMESTAMP'1970-01-01 00:00:00.001'"],
    [Date.parse('0999-12-31T23:59:59Z'), { kind: 'timestamp', precision: 3, nullable }, undefined],
  ])('%s', (value, type, literal) => {
    expect(literalOf(value, type)).toBe(literal);
  });

  it('is never SQL, whatever a text holds', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom("' OR 1=1 -- ", "\\' ", '`', '/*!'));
    fc.assert(
      fc.property(texts, (text) => {
        expect(literalOf(text, { kind: 'string', nullable })).toMatch(/^_utf8mb4 X'([0-9a-f]{2})*'$/);
      }),
    );
  });
});

describe('the url', () => {
  it.each([
    ['jdbc:mysql://db/shop', { host: 'db', port: 3306, database: 'shop', trust: 'none' }],
    [
      'jdbc:mariadb://[::1]:3307/shop?sslMode=REQUIRED',
      { host: '::1', port: 3307, database: 'shop', trust: 'encrypted' },
    ],
    ['jdbc:mysql://db/shop?sslMode=VERIFY_IDENTITY', { trust: 'proven' }],
    ['jdbc:mysql://ada:word@db/shop', undefined],
    ['jdbc:mysql://db/shop?allowLoadLocalInfile=true', undefined],
    ['jdbc:mysql://db', undefined],
  ])('%s', (url, parsed) => {
    if (parsed !== undefined) expect(parseMysqlUrl(url)).toMatchObject(parsed);
    const issues = checkOptions('jdbc', { url, 'table-name': 't' }, 'lookup');
    expect(issues.map(({ option }) => option)).toEqual(parsed === undefined ? ['url'] : []);
  });

  it('decides which database is spoken to', () => {
    const schema = { fields: [{ name: 'id', type: { kind: 'bigint', nullable } as const }] };
    const guarantee = (url: string) =>
      jdbc(new NetworkPolicy([])).createSink?.({ connector: 'jdbc', url, 'table-name': 't' }, schema, 'at-least-once')
        .guarantee;
    expect(guarantee('jdbc:mysql://db/shop')).toBe('at-least-once');
    expect(guarantee('jdbc:postgresql://db/shop')).toBe('exactly-once');
  });
});
