import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';

const OPTIONS = {
  sinkChanges: (connector: string) => (connector === 'jdbc' ? ('upsert' as const) : ('append' as const)),
  checkOptions: (connector: string, options: Readonly<Record<string, string>>) => {
    if (connector !== 'kafka') return [];
    if (options.topick !== undefined) {
      return [{ option: 'topick', reason: 'unknown' as const, message: 'no option topick', guess: 'topic' }];
    }
    if (options.topic === undefined)
      return [{ option: 'topic', reason: 'missing' as const, message: 'topic is required' }];
    return [];
  },
};

/** Queries that replace rows, with the key that tells which. */
const KEYED: readonly (readonly [columns: string, key: string, query: string])[] = [
  ['c STRING, n BIGINT, r BIGINT', 'c, r', 'SELECT city, order_id, r FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY amount DESC) AS r FROM orders) WHERE r <= 3'],
  ['c STRING, n BIGINT', 'c', 'SELECT city, n FROM (SELECT city, COUNT(*) AS n FROM orders GROUP BY city) ORDER BY n DESC LIMIT 3'],
  ['c STRING, n BIGINT', 'c', 'SELECT city, order_id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY ts DESC) AS r FROM orders) WHERE r = 1'],
  ['c STRING, n BIGINT, m BIGINT', 'c', 'SELECT x.city, n, m FROM (SELECT city, COUNT(*) AS n FROM orders GROUP BY city) AS x LEFT JOIN (SELECT city, MAX(order_id) AS m FROM big_orders GROUP BY city) AS y ON x.city = y.city'],
  ['c STRING, d STRING, n BIGINT', 'c, d', 'SELECT x.city, y.city, n FROM (SELECT city, COUNT(*) AS n FROM orders GROUP BY city) AS x JOIN (SELECT city, COUNT(*) AS m FROM big_orders GROUP BY city) AS y ON n > m'],
  ['c STRING', 'c', 'SELECT city FROM (SELECT DISTINCT city FROM orders) WHERE city NOT IN (SELECT city FROM big_orders)'],
  ['c STRING, n BIGINT', 'c', 'SELECT c.city, l.n FROM (SELECT DISTINCT city FROM orders) AS c, LATERAL (SELECT COUNT(*) AS n FROM big_orders AS b WHERE b.city = c.city) AS l'],
]; // biome-ignore format: a table

/** Applies the first fix of every problem, last one first. */
function mended(text: string): string {
  let result = text;
  for (const { fix } of compile(JOIN_TABLES + text, OPTIONS).diagnostics.toReversed()) {
    if (fix === undefined) continue;
    const at = JOIN_TABLES.length;
    result = result.slice(0, fix.from - at) + fix.insert + result.slice(fix.to - at);
  }
  return result;
}

describe('a quick fix is the edit that mends the text', () => {
  it.each([
    ['SELECT citty FROM orders', 'SELECT city FROM orders'],
    ['SELECT city FROM oders', 'SELECT city FROM orders'],
    ['SELECT UPER(city) FROM orders', 'SELECT UPPER(city) FROM orders'],
    ['SELECT city FORM orders', 'SELECT city FROM orders'],
    ["SELECT city amount 'x' FROM orders", "SELECT city amount, 'x' FROM orders"],
    ['SELECT UPPER(city FROM orders', 'SELECT UPPER(city) FROM orders'],
    ['SELECT city FROM orders WHERE (amount > 1', 'SELECT city FROM orders WHERE (amount > 1)'],
    ['SELECT city, FROM orders', 'SELECT city FROM orders'],
    ['SELECT "city" FROM orders', 'SELECT `city` FROM orders'],
    ['SELECT city FROM orders WHERE city = "New York"', "SELECT city FROM orders WHERE city = 'New York'"],
    ["SELECT city FROM orders WHERE city = 'x", "SELECT city FROM orders WHERE city = 'x'"],
    ['SELECT city FROM orders WHERE amount == 1', 'SELECT city FROM orders WHERE amount = 1'],
    ['SELECT city FROM orders WHERE amount > 1 && amount < 5', 'SELECT city FROM orders WHERE amount > 1 AND amount < 5'],
    ['SELECT city FROM orders WHERE city = NULL', 'SELECT city FROM orders WHERE city IS NULL'],
    ['SELECT city FROM orders WHERE city <> NULL', 'SELECT city FROM orders WHERE city IS NOT NULL'],
    ["SELECT ts + INTERVAL '5 minutes' FROM orders", "SELECT ts + INTERVAL '5' MINUTE FROM orders"],
    ['SELECT ts + INTERVAL 1.5 SECOND FROM orders', "SELECT ts + INTERVAL '1.5' SECOND FROM orders"],
    ['SELECT ts - ts FROM orders', 'SELECT (ts - ts) DAY TO SECOND FROM orders'],
    ["SELECT NVL(city, 'x') FROM orders", "SELECT COALESCE(city, 'x') FROM orders"],
    ['SELECT city, status, COUNT(*) FROM orders GROUP BY city', 'SELECT city, status, COUNT(*) FROM orders GROUP BY city, status'],
    ['SELECT order_id FROM orders o JOIN payments p ON o.order_id = p.order_id', 'SELECT o.order_id FROM orders o JOIN payments p ON o.order_id = p.order_id'],
    ['SELECT * FROM orders CROSS JOIN payments ON TRUE', 'SELECT * FROM orders JOIN payments ON TRUE'],
    ["CREATE TABLE t (order INT) WITH ('connector' = 'print')", "CREATE TABLE t (`order` INT) WITH ('connector' = 'print')"],
    ["CREATE TABLE t (a INT b INT) WITH ('connector' = 'print')", "CREATE TABLE t (a INT, b INT) WITH ('connector' = 'print')"],
    ["CREATE TABLE t (a INT,) WITH ('connector' = 'print')", "CREATE TABLE t (a INT) WITH ('connector' = 'print')"],
    ["CREATE TABLE t (a TIMESTAMP(12)) WITH ('connector' = 'print')", "CREATE TABLE t (a TIMESTAMP(9)) WITH ('connector' = 'print')"],
    ["CREATE TABLE t (a INT, PRIMARY KEY (a)) WITH ('connector' = 'print')", "CREATE TABLE t (a INT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'print')"],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka' 'topic' = 'x')", "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x')"],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka')", "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = '')"],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topick' = 'x')", "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x')"],
    ['CREATE TABLE t (a INT)', "CREATE TABLE t (a INT) WITH ('connector' = '')"],
    ["CREATE TABLE t (a INT) WITH ('topic' = 'x')", "CREATE TABLE t (a INT) WITH ('topic' = 'x', 'connector' = '')"],
    ["SET table.exec = 'x'", "SET 'table.exec' = 'x'"],
    ['INSERT INTO big_orders SELECT city, city, amount FROM orders', 'INSERT INTO big_orders SELECT CAST(city AS BIGINT), city, amount FROM orders'],
    ['INSERT INTO big_orders SELECT order_id, city, amount FROM orders INSERT INTO big_orders SELECT order_id, city, amount FROM orders', 'INSERT INTO big_orders SELECT order_id, city, amount FROM orders; INSERT INTO big_orders SELECT order_id, city, amount FROM orders'],
    [
      "CREATE TABLE t (a INT, ts TIMESTAMP(3)) WITH ('connector' = 'print'); SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
      "CREATE TABLE t (a INT, ts TIMESTAMP(3),\n  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'print'); SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))",
    ],
    [
      "CREATE TABLE t (town STRING, n BIGINT) WITH ('connector' = 'jdbc'); INSERT INTO t SELECT city, COUNT(*) FROM orders GROUP BY city",
      "CREATE TABLE t (town STRING, n BIGINT,\n  PRIMARY KEY (town) NOT ENFORCED) WITH ('connector' = 'jdbc'); INSERT INTO t SELECT city, COUNT(*) FROM orders GROUP BY city",
    ],
    ...KEYED.map(([columns, key, query]) => [
      `CREATE TABLE t (${columns}) WITH ('connector' = 'jdbc'); INSERT INTO t ${query}`,
      `CREATE TABLE t (${columns},\n  PRIMARY KEY (${key}) NOT ENFORCED) WITH ('connector' = 'jdbc'); INSERT INTO t ${query}`,
    ]),
  ])('%s', (text, expected) => {
    expect(mended(text)).toBe(expected);
  }); // biome-ignore format: a table
});
