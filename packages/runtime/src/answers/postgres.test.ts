import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`answers seed ${seed}`);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

/** What PostgreSQL is asked instead, where the texts differ. */
type Case = readonly [name: string, query: string, postgres?: string];

const TUMBLED = `(SELECT *, date_bin('1 minute', t, '2026-01-01') AS window_start, date_bin('1 minute', t, '2026-01-01') + interval '1 minute' AS window_end FROM a) w`;
const HOPPED = `(SELECT a.*, g AS window_start, g + interval '60 seconds' AS window_end FROM a, generate_series(date_bin('20 seconds', t, '2026-01-01') - interval '40 seconds', date_bin('20 seconds', t, '2026-01-01'), interval '20 seconds') g) w`;

const CASES: readonly Case[] = [
  ['a filter with three-valued logic', "SELECT id, s FROM a WHERE NOT (s = 'a' OR v > 5) OR k IS NULL"],
  ['arithmetic keeps digits', 'SELECT id, v + 1, d * 3, v - k FROM a WHERE v < 1000'],
  [
    'CASE and COALESCE',
    "SELECT id, CASE WHEN v > 10 THEN 'big' WHEN v IS NULL THEN 'none' ELSE s END, COALESCE(s, '-') FROM a",
  ],
  ['GROUP BY', 'SELECT k, COUNT(*), COUNT(v), SUM(v), MIN(v), MAX(d), SUM(d) FROM a GROUP BY k'],
  ['GROUP BY two keys, one an expression', 'SELECT k + 1, s, COUNT(*) FROM a GROUP BY k + 1, s'],
  [
    'DISTINCT and FILTER in aggregates',
    "SELECT k, COUNT(DISTINCT s), SUM(DISTINCT v), COUNT(*) FILTER (WHERE s = 'a') FROM a GROUP BY k",
  ],
  ['HAVING', 'SELECT s, SUM(v) FROM a GROUP BY s HAVING COUNT(*) > 3 AND SUM(v) > 0'],
  ['one group for all', 'SELECT COUNT(*), SUM(d), MAX(s), MIN(t) FROM a'],
  [
    'an aggregate of an aggregate',
    'SELECT n, COUNT(*), SUM(total) FROM (SELECT k, COUNT(*) AS n, SUM(v) AS total FROM a GROUP BY k) x GROUP BY n',
  ],
  [
    'MIN and MAX of groups that shrink',
    'SELECT MIN(total), MAX(total), MAX(n) FROM (SELECT s, k, COUNT(*) AS n, SUM(v) AS total FROM a GROUP BY s, k) x',
  ],
  ['SELECT DISTINCT', 'SELECT DISTINCT k, s FROM a'],
  ['GROUPING SETS', 'SELECT k, s, GROUPING(k), COUNT(*), SUM(v) FROM a GROUP BY GROUPING SETS ((k, s), (k), ())'],
  ['ROLLUP', 'SELECT k, s, COUNT(*) FROM a GROUP BY ROLLUP (k, s)'],
  [
    'CUBE',
    'SELECT k, s, GROUPING_ID(k, s), COUNT(*) FROM a GROUP BY CUBE (k, s)',
    'SELECT k, s, GROUPING(k, s), COUNT(*) FROM a GROUP BY CUBE (k, s)',
  ],
  ['UNION ALL', 'SELECT k, s FROM a UNION ALL SELECT k, s FROM b'],
  ['INNER JOIN', 'SELECT a.id, b.id, a.v, b.s FROM a JOIN b ON a.k = b.k AND a.s = b.s'],
  ['JOIN with more than equality', 'SELECT a.id, b.id FROM a JOIN b ON a.k = b.k AND a.v < b.v'],
  ['LEFT JOIN', "SELECT a.id, b.id, b.d FROM a LEFT JOIN b ON a.k = b.k AND b.s = 'ab'"],
  ['RIGHT JOIN', 'SELECT a.id, b.id FROM a RIGHT JOIN b ON a.v = b.v'],
  [
    'FULL JOIN',
    'SELECT a.id, b.id FROM a FULL JOIN b ON a.v = b.v AND a.k = b.k',
    'SELECT a.id, b.id FROM a FULL JOIN b ON a.v = b.v AND a.k = b.k',
  ],
  ['JOIN USING', 'SELECT k, a.id, b.id FROM a JOIN b USING (k)'],
  [
    'CROSS JOIN of small groups',
    'SELECT x.n, y.m FROM (SELECT COUNT(*) AS n FROM a) x CROSS JOIN (SELECT MAX(v) AS m FROM b) y',
  ],
  ['a self join', 'SELECT x.id, y.id FROM a x JOIN a y ON x.k = y.k AND x.id < y.id'],
  [
    'a join of three',
    'SELECT a.id, b.id, c.n FROM a JOIN b ON a.v = b.v JOIN (SELECT s, COUNT(*) AS n FROM a GROUP BY s) c ON c.s = b.s',
  ],
  [
    'LEFT JOIN of groups that change',
    'SELECT x.k, x.n, y.m FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k) x LEFT JOIN (SELECT k, SUM(v) AS m FROM b GROUP BY k HAVING COUNT(*) > 8) y ON x.k = y.k',
  ],
  ['IN a subquery', 'SELECT id FROM a WHERE v IN (SELECT v FROM b WHERE k > 1)'],
  ['EXISTS', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.v = a.v)'],
  ['NOT EXISTS', 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.s = a.s)'],
  [
    'a scalar subquery',
    'SELECT id FROM a WHERE v > (SELECT AVG(v) FROM b WHERE v < 1000 AND v > -1000)',
    'SELECT id FROM a WHERE v > (SELECT TRUNC(AVG(v)) FROM b WHERE v < 1000 AND v > -1000)',
  ],
  ['UNION', 'SELECT k, s FROM a UNION SELECT k, s FROM b'],
  ['INTERSECT', 'SELECT k, s FROM a INTERSECT SELECT k, s FROM b'],
  ['INTERSECT ALL', 'SELECT k, s FROM a INTERSECT ALL SELECT k, s FROM b'],
  ['EXCEPT', 'SELECT k, s FROM a EXCEPT SELECT k, s FROM b'],
  ['EXCEPT ALL', 'SELECT s FROM a EXCEPT ALL SELECT s FROM b'],
  [
    'an interval join',
    "SELECT a.id, b.id FROM a JOIN b ON a.k = b.k AND b.t BETWEEN a.t - INTERVAL '5' SECOND AND a.t + INTERVAL '10' SECOND",
  ],
  [
    'an outer interval join',
    "SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k AND b.t BETWEEN a.t AND a.t + INTERVAL '4' SECOND",
  ],
  [
    'a window join',
    `SELECT l.id, r.id, l.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE))) l
     FULL JOIN (SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(t), INTERVAL '1' MINUTE))) r
     ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.v = r.v`,
    `SELECT l.id, r.id, l.window_start FROM (SELECT *, date_bin('1 minute', t, '2026-01-01') AS window_start FROM a) l
     FULL JOIN (SELECT *, date_bin('1 minute', t, '2026-01-01') AS window_start FROM b) r ON l.window_start = r.window_start AND l.v = r.v`,
  ],
  [
    'a tumbling window',
    "SELECT window_start, k, COUNT(*), SUM(v), MIN(d), COUNT(DISTINCT s) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k",
    `SELECT window_start, k, COUNT(*), SUM(v), MIN(d), COUNT(DISTINCT s) FROM ${TUMBLED} GROUP BY window_start, window_end, k`,
  ],
  [
    'a hopping window',
    "SELECT window_start, window_end, s, COUNT(*), MAX(v) FROM TABLE(HOP(TABLE a, DESCRIPTOR(t), INTERVAL '20' SECOND, INTERVAL '60' SECOND)) GROUP BY window_start, window_end, s",
    `SELECT window_start, window_end, s, COUNT(*), MAX(v) FROM ${HOPPED} GROUP BY window_start, window_end, s`,
  ],
  [
    'ROLLUP in a window',
    "SELECT window_start, k, COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, ROLLUP (k)",
    `SELECT window_start, k, COUNT(*) FROM ${TUMBLED} GROUP BY window_start, window_end, ROLLUP (k)`,
  ],
  [
    'a window without GROUP BY',
    "SELECT id, window_start, window_end FROM TABLE(HOP(TABLE a, DESCRIPTOR(t), INTERVAL '20' SECOND, INTERVAL '60' SECOND)) WHERE k = 1",
    `SELECT id, window_start, window_end FROM ${HOPPED} WHERE k = 1`,
  ],
  [
    'a session',
    "SELECT window_start, window_end, k, COUNT(*), SUM(v) FROM TABLE(SESSION(TABLE a PARTITION BY k, DESCRIPTOR(t), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k",
    `SELECT MIN(t), MAX(t) + interval '10 seconds', k, COUNT(*), SUM(v) FROM (SELECT *, SUM(fresh) OVER (PARTITION BY k ORDER BY t) AS nr FROM
      (SELECT *, CASE WHEN t - LAG(t) OVER (PARTITION BY k ORDER BY t) <= interval '10 seconds' THEN 0 ELSE 1 END AS fresh FROM a) x) y GROUP BY k, nr`,
  ],
  [
    'OVER with RANGE',
    "SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY t RANGE BETWEEN INTERVAL '30' SECOND PRECEDING AND CURRENT ROW) FROM a",
  ],
  [
    'OVER with ROWS',
    'SELECT id, COUNT(*) OVER (PARTITION BY s ORDER BY t ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), MIN(v) OVER (PARTITION BY s ORDER BY t ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM a',
  ],
  ['OVER without bound', 'SELECT id, SUM(d) OVER (PARTITION BY k ORDER BY t) FROM a'],
  [
    'LAG with a default',
    'SELECT id, LAG(v, 1, 0) OVER (PARTITION BY k ORDER BY t), LAG(d, 2, 1.50) OVER (PARTITION BY k ORDER BY t) FROM a',
  ],
  ['LAG', 'SELECT id, LAG(v) OVER (PARTITION BY k ORDER BY t), LAG(s, 2) OVER (PARTITION BY k ORDER BY t) FROM a'],
  ['ROW_NUMBER by time', 'SELECT id, ROW_NUMBER() OVER (PARTITION BY s ORDER BY t) FROM a'],
  [
    'Top-N',
    'SELECT k, id, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC NULLS LAST, id) AS rn FROM a) x WHERE rn <= 3',
  ],
  [
    'Top-N from the second',
    'SELECT k, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v NULLS FIRST, id) AS rn FROM a) x WHERE rn BETWEEN 2 AND 4',
  ],
  [
    'Top-N over groups that change',
    'SELECT s, n, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC, s NULLS FIRST) AS rn FROM (SELECT s, COUNT(*) AS n FROM a GROUP BY s) g) x WHERE rn <= 2',
  ],
  ['ORDER BY LIMIT', 'SELECT id, d FROM a ORDER BY d DESC NULLS LAST, id LIMIT 5 OFFSET 2'],
  [
    'the first row per key by time',
    'SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY t) AS rn FROM a) x WHERE rn = 1',
  ],
  [
    'the last row per key by time',
    'SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY t DESC) AS rn FROM a) x WHERE rn = 1',
  ],
  [
    'window Top-N',
    "SELECT window_start, s, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, s NULLS FIRST) AS rn FROM (SELECT window_start, window_end, s, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, s) g) x WHERE rn <= 2",
    `SELECT window_start, s, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC, s NULLS FIRST) AS rn FROM (SELECT window_start, window_end, s, COUNT(*) AS n FROM ${TUMBLED} GROUP BY window_start, window_end, s) g) x WHERE rn <= 2`,
  ],
  [
    'STDDEV and VARIANCE',
    'SELECT k, STDDEV_POP(k + 0.5), VAR_SAMP(v + 0.0) FROM a WHERE v < 1000 AND v > -1000 GROUP BY k',
    'SELECT k, STDDEV_POP(k::float8 + 0.5), VAR_SAMP(v::float8) FROM a WHERE v < 1000 AND v > -1000 GROUP BY k',
  ],
];

describe('what PostgreSQL answers over the same rows', () => {
  for (const [name, query, postgres] of CASES) {
    it(name, async () => {
      for (let round = 0; round < 3; round++) {
        const random = new SeededRandom(seed + round);
        const inputs = await fillTables(oracle, random, 60);
        const expected = await oracle.answer(postgres ?? query);
        expect(await answerOf(`${TABLES_DDL}${query};`, inputs, random)).toEqual(expected);
      }
    });
  }
});
