import { describe, expect, it } from 'vitest';
import { JOIN_TABLES } from '../testing/join-tables.ts';
import { complete } from './complete.ts';

/** Completes at | in a statement after the tables. */
function labelsAt(marked: string): readonly string[] {
  const text = JOIN_TABLES + marked;
  const offset = text.indexOf('|');
  const optionsOf = (connector: string | undefined) =>
    connector === 'kafka'
      ? [{ name: 'topic' }, { name: 'format', values: ['json', 'csv'] }]
      : [{ name: 'connector', values: ['kafka'] }];
  return complete(text.replace('|', ''), offset, { optionsOf }).items.map((item) => item.label);
}

describe('completion proposes what may stand there', () => {
  it.each([
    ['INSERT INTO b|', ['big_orders']],
    ['SELECT * FROM o|', ['orders']],
    ['SELECT am| FROM orders', ['amount']],
    ['SELECT o.ci| FROM orders AS o', ['city']],
    ['SELECT am|', ['amount']],
    ['INSERT INTO big_orders SELECT cit|', ['city']],
    ["SELECT window_s| FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))", ['window_start']],
    ['SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(|', ['ts']],
    ['SELECT SUBS|', ['SUBSTRING']],
    ['CREATE TABLE t (a DEC|', ['DECIMAL', 'DEC']],
    ["CREATE TABLE t (a INT) WITH ('|", ['connector']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', |", ['topic', 'format']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', |", ['format']],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'format' = |", ['json', 'csv']],
    ["SELECT 'am|", []],
    ['SELECT city FROM orders WH|', ['WHERE']],
    ['SELECT city FROM orders L|', ['LEFT JOIN', 'LIMIT']],
    ['SELECT city FR| orders', ['FROM']],
    ['SELECT UPPER(city) A|', ['AS', 'AND', 'AT TIME ZONE']],
    ['SELECT city FROM orders WHERE amount I|', ['IS NULL', 'IS NOT NULL', 'IS DISTINCT FROM', 'IN', 'INTERSECT']],
    ['SELECT city FROM orders WHERE am|', ['amount']],
    [
      'CREATE FUNCTION mask(text STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return text; $$; SELECT mas| FROM orders',
      ['mask'],
    ],
    ['CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ ret|', []],
    ['CREATE VIEW v AS SELECT city AS town FROM orders; SELECT tow| FROM v', ['town']],
    ["CREATE TABLE c (at AS PROCTIME()) WITH ('x' = 'y'); SELECT * FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(|", ['at']],
  ])('%s', (marked, labels) => {
    expect([...labelsAt(marked)].sort()).toEqual([...labels].sort());
  });

  it('after a table only what may follow one, few enough to be read', () => {
    const labels = labelsAt('SELECT city FROM orders |');
    expect(labels).toContain('WHERE');
    expect(labels).not.toContain('amount');
    expect(labels.length).toBeLessThan(25);
  });

  it('replaces the word that is being written', () => {
    const text = `${JOIN_TABLES}SELECT am FROM orders`;
    const offset = text.lastIndexOf('am') + 2;
    expect(complete(text, offset).from).toBe(offset - 2);
  });
});

const WINDOW = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))";

describe('every clause is helped with: what fits is there, what does not is not', () => {
  it.each<[marked: string, there: readonly string[], not: readonly string[]]>([
    ['|', ['CREATE TABLE', 'INSERT INTO', 'SELECT', 'EXPLAIN', 'SHOW', 'DESCRIBE'], ['WHERE', 'city']],
    ['CREATE |', ['TABLE', 'VIEW', 'TEMPORARY'], ['SELECT']],
    ['CREATE TABLE t (a |', ['BIGINT', 'DECIMAL', 'AS'], ['WHERE', 'city']],
    ['CREATE TABLE t (a INT |', ['NOT NULL', 'PRIMARY KEY', 'METADATA', 'COMMENT'], ['AS']],
    ['CREATE TABLE t (a INT, |', ['PRIMARY KEY', 'WATERMARK FOR'], ['city']],
    ['CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR |', ['ts'], ['a', 'city']],
    ['CREATE TABLE t (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS |', ['ts', 'a'], ['city']],
    ['CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, |', ['b'], ['a', 'city']],
    ['CREATE TABLE t (a INT) |', ['WITH', 'COMMENT', 'PARTITIONED BY', 'LIKE', 'AS'], ['WHERE']],
    ["CREATE TABLE t WITH ('a' = 'b') |", ['LIKE', 'AS'], ['WHERE']],
    ['CREATE TABLE t LIKE |', ['orders', 'big_orders'], ['city']],
    ['CREATE TABLE t LIKE orders (|', ['INCLUDING', 'EXCLUDING', 'OVERWRITING'], ['city']],
    ['CREATE TABLE t LIKE orders (EXCLUDING |', ['ALL', 'WATERMARKS', 'OPTIONS'], ['city']],
    ["CREATE TABLE t WITH ('a' = 'b') AS SELECT | FROM orders", ['city', 'amount'], []],
    ['ALTER TABLE |', ['orders', 'big_orders'], ['city']],
    ['ALTER TABLE orders |', ['ADD', 'MODIFY', 'DROP', 'RENAME', 'SET', 'RESET'], ['city']],
    ['ALTER TABLE orders DROP |', ['city', 'WATERMARK', 'PRIMARY KEY'], []],
    ['ALTER TABLE orders RENAME |', ['city', 'TO'], []],
    ['ALTER TABLE orders ADD x INT AFTER |', ['city'], []],
    ['SELECT city FROM orders /*+ | */', ['OPTIONS'], ['STATE_TTL', 'city']],
    ['SELECT city FROM orders /*+ OPTIONS(| */ AS o', ['topic', 'format'], ['city']],
    ["SELECT city FROM orders /*+ OPTIONS('topic' = 'x', 'format' = |) */", ['json', 'csv'], ['topic']],
    ["INSERT INTO big_orders /*+ OPTIONS('topic' = 'x', |) */ SELECT 1", ['format'], ['topic']],
    ['SELECT /*+ ST| */ city FROM orders', ['STATE_TTL'], ['OPTIONS']],
    ['SELECT /*+ STATE_TTL(|) */ city FROM orders GROUP BY city', ['orders'], ['rates', 'city']],
    ["SELECT /*+ STATE_TTL('orders' = |) */ city FROM orders GROUP BY city", ['1 d'], ['orders']],
    ["SET 'table.exec.|", ['table.exec.state.ttl', 'table.exec.source.idle-timeout'], []],
    ['DROP TABLE carts; SELECT * FROM |', ['orders'], ['carts']],
    ['SELECT * FROM | ; DROP TABLE carts', ['carts'], []],
    ['CREATE TABLE t WITH (|) LIKE orders', ['topic', 'format'], ['city']],
    ["ALTER TABLE orders SET ('format' = |", ['json', 'csv'], ['topic']],
    ['ALTER TABLE orders RESET (|', ['topic', 'format'], ['city']],
    ['CREATE TABLE t (WATERMARK FOR |) LIKE orders', ['ts'], []],
    ['SHOW |', ['TABLES', 'COLUMNS', 'CATALOGS', 'CREATE'], ['city']],
    ['INSERT INTO big_orders |', ['SELECT', 'WITH', 'VALUES'], ['PARTITION BY', 'WHERE']],
    [
      "CREATE TABLE p (a INT, b INT, c INT) PARTITIONED BY (a, b) WITH ('connector' = 'filesystem'); INSERT INTO p PARTITION (a = 1, |",
      ['b'],
      ['a', 'c'],
    ],
    ['INSERT INTO big_orders (city, |', ['order_id', 'amount'], ['city', 'status']],
    ['SELECT city FROM |', ['orders', 'TABLE(TUMBLE(...))', 'TABLE(SESSION(...))', 'UNNEST('], ['city', 'WHERE']],
    [
      'SELECT city FROM orders |',
      ['JOIN', 'LEFT JOIN', 'WHERE', 'GROUP BY', 'LIMIT', 'UNION ALL'],
      ['ON', 'HAVING BY'],
    ],
    ['SELECT city FROM orders o JOIN payments p |', ['ON', 'USING'], ['WHERE', 'GROUP BY']],
    ['SELECT * FROM orders o JOIN payments p ON |', ['paid', 'city', 'o', 'p'], ['currency', 'WHERE']],
    ['SELECT * FROM orders o JOIN payments p ON p.|', ['paid'], ['city', 'UPPER']],
    ['SELECT * FROM orders JOIN payments USING (|', ['order_id', 'ts'], ['paid', 'city']],
    ['SELECT city FROM orders GROUP BY |', ['city', 'GROUPING SETS', 'ROLLUP (', 'CUBE ('], ['currency']],
    ['SELECT city FROM orders GROUP BY city |', ['HAVING', 'ORDER BY'], ['WHERE', 'JOIN']],
    ['SELECT city AS town FROM orders ORDER BY |', ['town', 'ts'], ['currency']],
    ['SELECT city FROM orders ORDER BY ts |', ['DESC', 'ASC', 'LIMIT', 'NULLS LAST'], ['WHERE']],
    ['SELECT * FROM TABLE(|', ['TUMBLE(...)', 'HOP(...)', 'CUMULATE(...)', 'SESSION(...)'], ['orders']],
    ['SELECT * FROM TABLE(TUMBLE(TABLE |', ['orders', 'payments'], ['city']],
    ['SELECT * FROM TABLE(HOP(TABLE orders, |', ['DESCRIPTOR'], ['city']],
    ['SELECT * FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(|', ['ts'], ['city']],
    ['SELECT * FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), |', ["INTERVAL '1' MINUTE"], ['city']],
    ["SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' |", ['MINUTE', 'HOUR'], ['city']],
    ['SELECT * FROM TABLE(SESSION(TABLE orders PARTITION BY |', ['city'], ['paid']],
    [`SELECT | FROM ${WINDOW}`, ['city', 'window_start', 'window_end', 'window_time'], ['paid']],
    ['SELECT SUM(amount) OVER (|', ['PARTITION BY', 'ORDER BY', 'ROWS BETWEEN'], ['city', 'WHERE']],
    ['SELECT SUM(amount) OVER (PARTITION BY | FROM orders', ['city'], ['paid']],
    ['SELECT SUM(amount) OVER (ORDER BY ts ROWS BETWEEN |', ['UNBOUNDED PRECEDING', 'CURRENT ROW'], ['city']],
    ['SELECT SUM(amount) OVER (ORDER BY ts ROWS BETWEEN 1 PRECEDING AND |', ['CURRENT ROW'], ['city']],
    ['SELECT SUM(amount) OVER | FROM orders WINDOW w AS (ORDER BY ts)', ['w'], ['city']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (|', ['PARTITION BY', 'ORDER BY', 'MEASURES', 'PATTERN'], ['city', 'WHERE']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY |', ['city'], ['paid']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY city ORDER BY |', ['ts', 'PROCTIME()'], ['city', 'UPPER']],
    ['SELECT * FROM (SELECT tags, PROCTIME() AS seen FROM carts) MATCH_RECOGNIZE (ORDER BY |', ['seen'], ['tags']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts, |', ['city'], ['paid']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES |', ['MATCH_ROWTIME', 'MATCH_PROCTIME'], ['PREV']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.|', ['amount'], ['paid', 'UPPER']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts AFTER MATCH SKIP |', ['PAST LAST ROW', 'TO'], ['city']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts PATTERN (A B) |', ['WITHIN', 'DEFINE'], ['city']],
    ['SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts PATTERN (A B) DEFINE |', ['A', 'B'], ['city']],
    [
      'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts PATTERN (A B) DEFINE A AS |',
      ['A', 'B', 'amount', 'LAST'],
      ['PREV'],
    ],
    ['WITH x AS (SELECT city AS town FROM orders) SELECT | FROM x', ['town'], ['city']],
    ['WITH x AS (SELECT city AS town FROM orders) SELECT |', ['town', 'city'], ['WHERE']],
    ['WITH x AS (SELECT city AS town FROM orders) SELECT * FROM |', ['x', 'orders'], ['town']],
    ['WITH x (place) AS (SELECT city FROM orders) SELECT | FROM x', ['place'], ['city']],
    ['SELECT * FROM (SELECT city AS town FROM orders) AS s WHERE |', ['town'], ['city']],
    ['SELECT city FROM orders WHERE order_id IN (SELECT | FROM payments)', ['paid', 'city'], ['currency']],
    ['SELECT city FROM orders UNION ALL SELECT | FROM rates', ['currency'], ['city']],
    ['SELECT city FROM orders UNION |', ['ALL', 'SELECT'], ['WHERE', 'city']],
    ['SELECT r.| FROM carts', ['a', 'b'], ['cart_id']],
    ['SELECT c.r.b.| FROM carts AS c', ['c'], ['a', 'cart_id']],
    ['SELECT l.| FROM carts CROSS JOIN UNNEST(lines) AS l (sku, qty)', ['sku', 'qty'], ['cart_id']],
    ["SET '|", ['table.exec.source.idle-timeout'], []],
    ["SET 'table.exec.source.idle-timeout' = '|", ['10 s'], ['city']],
    ['SELECT CASE WHEN city IS NULL |', ['THEN', 'AND'], ['END', 'FROM']],
    ['SELECT CASE WHEN city IS NULL THEN 1 |', ['ELSE', 'END', 'WHEN'], ['THEN', 'FROM']],
    ['SELECT CAST(city AS |', ['BIGINT', 'ARRAY'], ['city']],
    ['SELECT city FROM orders WHERE amount BETWEEN 1 |', ['AND'], ['OR', 'GROUP BY']],
    ['SELECT city FROM orders WHERE city IN (|', ['city', 'SELECT'], ['paid']],
    ['SELECT EXTRACT(| FROM ts) FROM orders', ['HOUR', 'DAY'], ['city']],
    ['SELECT COUNT(|', ['DISTINCT', 'city'], ['WHERE']],
    ['SELECT COUNT(*) |', ['FILTER (WHERE', 'OVER', 'FROM', 'AS'], ['city']],
    ['EXECUTE |', ['STATEMENT SET'], ['city']],
    // What is broken before does not take the help away.
    ['SELECT foo bar baz FROM orders WHERE |', ['amount'], ['paid']],
    ['SELECT 1 +* 2, UPPER(| FROM orders', ['city'], ['paid']],
  ])('%s', (marked, there, not) => {
    const labels = labelsAt(marked);
    expect(labels).toEqual(expect.arrayContaining([...there]));
    expect(labels.filter((label) => not.includes(label))).toEqual([]);
  });
});
