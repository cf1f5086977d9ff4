import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROWS = 60;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

const BINS = "date_bin('10 seconds', t, '2026-01-01')";

/** The sessions of a table whose rows lie at most `seconds` apart. */
function sessions(partition: string, seconds: number): string {
  const by = partition === '' ? '' : `PARTITION BY ${partition}`;
  const own = partition === '' ? 'PARTITION BY n' : `PARTITION BY ${partition}, n`;
  return `SELECT id, k, v, s, MIN(t) OVER (${own}) AS window_start, MAX(t) OVER (${own}) + INTERVAL '${seconds} seconds' AS window_end
    FROM (SELECT *, SUM(CASE WHEN t - before <= INTERVAL '${seconds} seconds' THEN 0 ELSE 1 END) OVER (${by} ORDER BY t RANGE UNBOUNDED PRECEDING) AS n
      FROM (SELECT *, LAG(t) OVER (${by} ORDER BY t) AS before FROM a) AS x) AS y`;
}

/** The rows of `a` with their windows, here and in PostgreSQL. */
const WINDOWS: readonly (readonly [ours: string, postgres: string])[] = [
  [
    "TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '10' SECOND)",
    `SELECT id, k, v, s, ${BINS} AS window_start, ${BINS} + INTERVAL '10 seconds' AS window_end FROM a`,
  ],
  [
    "HOP(TABLE a, DESCRIPTOR(t), INTERVAL '10' SECOND, INTERVAL '30' SECOND)",
    `SELECT id, k, v, s, ${BINS} - back * INTERVAL '10 seconds' AS window_start, ${BINS} + (3 - back) * INTERVAL '10 seconds' AS window_end
     FROM a CROSS JOIN generate_series(0, 2) AS g (back)`,
  ],
  [
    "CUMULATE(TABLE a, DESCRIPTOR(t), INTERVAL '10' SECOND, INTERVAL '30' SECOND)",
    `SELECT id, k, v, s, date_bin('30 seconds', t, '2026-01-01') AS window_start, date_bin('30 seconds', t, '2026-01-01') + steps * INTERVAL '10 seconds' AS window_end
     FROM a CROSS JOIN generate_series(1, 3) AS g (steps) WHERE t < date_bin('30 seconds', t, '2026-01-01') + steps * INTERVAL '10 seconds'`,
  ],
  ["SESSION(TABLE a PARTITION BY k, DESCRIPTOR(t), INTERVAL '10' SECOND)", sessions('k', 10)],
  ["SESSION(TABLE a PARTITION BY s, k, DESCRIPTOR(t), INTERVAL '20' SECOND)", sessions('s, k', 20)],
  ["SESSION(TABLE a, DESCRIPTOR(t), INTERVAL '3' SECOND)", sessions('', 3)],
];

/** Queries over those rows that both read alike. */
const QUERIES: readonly string[] = [
  'SELECT window_start, window_end, COUNT(*), SUM(v) FROM w GROUP BY window_start, window_end',
  'SELECT window_start, s, COUNT(*), MAX(v), COUNT(DISTINCT k) FROM w GROUP BY window_start, window_end, s',
  'SELECT window_end, k, s, COUNT(v) FROM w WHERE v > 0 GROUP BY window_start, window_end, k, s',
  'SELECT window_start, window_end, k, s, COUNT(*), GROUPING(k), GROUPING(s) FROM w GROUP BY window_start, window_end, CUBE (k, s)',
  'SELECT window_start, k, s, COUNT(*) FROM w GROUP BY window_start, window_end, ROLLUP (s, k)',
  'SELECT window_start, window_end, k, COUNT(*) FROM w GROUP BY GROUPING SETS ((window_start, window_end, k), (window_end, window_start))',
  'SELECT window_start, k, COUNT(*) FROM w GROUP BY GROUPING SETS ((window_start, window_end, k), (k))',
  'SELECT window_start, window_end, k, COUNT(*) FROM w GROUP BY ROLLUP (window_start, window_end, k)',
  'SELECT s, MAX(window_end), MIN(window_start), COUNT(*) FROM w GROUP BY window_start, window_end, s HAVING COUNT(*) > 1',
  'SELECT EXTRACT(MINUTE FROM window_start), COUNT(*) FROM w GROUP BY window_start, window_end, EXTRACT(MINUTE FROM window_start)',
  'SELECT EXTRACT(MINUTE FROM window_end) + k, COUNT(*) FROM w GROUP BY window_start, window_end, EXTRACT(MINUTE FROM window_end) + k',
  'SELECT window_start, COUNT(*) FILTER (WHERE EXTRACT(MINUTE FROM window_start) = k) FROM w GROUP BY window_start, window_end',
  'SELECT window_start, COUNT(*) FROM w WHERE EXTRACT(MINUTE FROM window_start) >= k AND s IS NOT NULL GROUP BY window_start, window_end',
  'SELECT window_start, COUNT(*) FROM w GROUP BY window_start',
  'SELECT k, MAX(window_end), COUNT(*) FROM w GROUP BY k',
  'SELECT COUNT(*), MAX(window_end), COUNT(DISTINCT window_start) FROM w',
  'SELECT DISTINCT window_start, window_end, s FROM w',
  'SELECT DISTINCT window_start FROM w',
  'SELECT b, e, SUM(n), COUNT(*) FROM (SELECT window_start AS b, window_end AS e, s, k, COUNT(*) AS n FROM w GROUP BY window_start, window_end, s, k) AS x GROUP BY b, e',
  'SELECT window_start, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, s ORDER BY id DESC) AS place FROM w) AS x WHERE place <= 2',
  'SELECT window_start, SUM(id) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY id DESC) AS place FROM w) AS x WHERE place <= 2 GROUP BY window_start, window_end',
  'SELECT l.id, r.id FROM w AS l JOIN w AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id',
  'SELECT l.window_start, r.s, COUNT(*) FROM w AS l LEFT JOIN w AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id GROUP BY l.window_start, l.window_end, r.s',
  'SELECT r.window_start, l.s, COUNT(*) FROM w AS l RIGHT JOIN w AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id GROUP BY r.window_start, r.window_end, l.s',
  'SELECT l.window_start, COUNT(*), COUNT(r.id) FROM w AS l FULL JOIN w AS r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id GROUP BY l.window_start, l.window_end',
  'SELECT window_start, COUNT(*) FROM (SELECT window_start, window_end FROM w WHERE k > 1 UNION ALL SELECT window_start, window_end FROM w) AS x GROUP BY window_start, window_end',
  'SELECT l.id FROM w AS l WHERE l.k IN (SELECT r.k FROM w AS r WHERE r.s IS NULL AND r.window_start = l.window_start AND r.window_end = l.window_end)',
];

describe(`rows of windows are grouped as PostgreSQL groups them (seed ${seed})`, () => {
  for (const [ours, postgres] of WINDOWS) {
    it.each(QUERIES)(`${ours}: %s`, async (query) => {
      const random = new SeededRandom(seed);
      const inputs = await fillTables(oracle, random, ROWS);
      const view = `CREATE VIEW w AS SELECT id, k, v, s, window_start, window_end FROM TABLE(${ours});`;
      const expected = await oracle.answer(`WITH w AS (${postgres}) ${query}`);
      expect(await answerOf(`${TABLES_DDL}${view}${query};`, inputs, random)).toEqual(expected);
    });
  }
});
