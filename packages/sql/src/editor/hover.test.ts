import { describe, expect, it } from 'vitest';
import { JOIN_TABLES } from '../testing/join-tables.ts';
import { hover } from './hover.ts';

const optionsOf = (connector: string | undefined) =>
  connector === 'kafka'
    ? [{ name: 'topic', help: 'The topic.', values: ['orders', 'payments'] }]
    : [{ name: 'connector', help: 'What the table is.' }];

/** Help at ^ in a statement after the tables. */
function helpAt(marked: string) {
  const text = JOIN_TABLES + marked;
  return hover(text.replace('^', ''), text.indexOf('^'), { optionsOf });
}

describe('hovering tells what a word is', () => {
  it.each([
    ['SELECT UP^PER(city) FROM orders', 'UPPER'],
    ['SELECT UPPER(ci^ty) FROM orders', 'city STRING'],
    ['SELECT * FROM ord^ers', 'table orders'],
    ['SELECT t^s FROM orders', 'ts TIMESTAMP(3)'],
    ['SELECT CURRENT_TIM^ESTAMP FROM orders', 'CURRENT_TIMESTAMP'],
    [
      'CREATE FUNCTION mask(text STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return text; $$; SELECT ma^sk(city) FROM orders',
      'mask',
    ],
    ['SEL^ECT city FROM orders', 'SELECT [DISTINCT] value [AS name], ... FROM ...'],
    ['SELECT o.city FROM orders ^o', 'o: orders'],
    ['SELECT p.t^s FROM orders o JOIN payments p ON o.order_id = p.order_id', 'ts TIMESTAMP(3)'],
    ['WITH big AS (SELECT amount AS total FROM orders) SELECT to^tal FROM big', 'total DECIMAL(10, 2)'],
    ['WITH big AS (SELECT amount AS total FROM orders) SELECT total FROM b^ig', 'view big'],
    [
      "SELECT * FROM TABLE(TUM^BLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
      'TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])',
    ],
    [
      "SELECT window_st^art FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
      'window_start TIMESTAMP(3) NOT NULL',
    ],
    ['CREATE TABLE t (a DEC^IMAL(10, 2))', 'DECIMAL(precision, scale)'],
    ["CREATE TABLE t (a INT) WITH ('connec^tor' = 'kafka')", 'connector'],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'top^ic' = 'x')", 'topic of kafka'],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'ord^ers')", 'topic of kafka'],
    ["SET 'table.exec.source.idle-^timeout' = '1 s'", 'table.exec.source.idle-timeout'],
    ["SELECT 'a ^text' FROM orders", undefined],
    ['SELECT 1^2 FROM orders', undefined],
  ])('%s', (marked, title) => {
    expect(helpAt(marked)?.title).toBe(title);
  });

  it('a time column tells which time it is', () => {
    expect(helpAt('SELECT t^s FROM orders')?.lines).toContain('Event time: the watermark of the table follows it.');
    expect(
      helpAt('SELECT * FROM (SELECT PROCTIME() AS seen FROM carts) MATCH_RECOGNIZE (ORDER BY se^en')?.lines,
    ).toContain('Processing time: the clock when a row is worked on.');
  });

  it('the times of a match tell what they are', () => {
    const help = helpAt('SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES MATCH_PROC^TIME() AS at');
    expect(help?.title).toBe('MATCH_PROCTIME()');
  });

  it('an option tells its help and its values', () => {
    expect(helpAt("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'top^ic' = 'x')")?.lines).toEqual([
      'The topic.',
      'Values: orders, payments.',
    ]);
  });

  it('a table tells its columns and where it is', () => {
    expect(helpAt('SELECT * FROM pay^ments')?.lines).toEqual([
      'order_id BIGINT',
      'paid DECIMAL(12, 4)',
      'ts TIMESTAMP(3)',
      'Connector: kafka.',
    ]);
  });
});
