import { startPostgres, type TestPostgres } from '@millrace/testing';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewAnswerOf, textOf } from '../testing/preview-answer.ts';

/** Queries that both dialects read alike, over a (k, v, s) and b (k, w, s). */
const QUERIES: readonly string[] = [
  'SELECT a.k, v, w FROM a JOIN b ON a.k = b.k',
  'SELECT a.k, v, w FROM a JOIN b ON a.k = b.k AND v < w WHERE a.s IS NOT NULL',
  'SELECT a.k, v, b.s FROM a, b WHERE a.k = b.k AND (a.v < b.w OR b.s = a.s)',
  'SELECT a.k, v, w FROM a LEFT JOIN b ON a.k = b.k AND w > 3',
  'SELECT a.k, v, w FROM a RIGHT JOIN b ON a.k = b.k AND v > 3 WHERE w < 8',
  'SELECT a.k, b.k, v, w FROM a FULL JOIN b ON a.k = b.k AND a.s = b.s',
  'SELECT * FROM a FULL JOIN b USING (k)',
  'SELECT * FROM a LEFT JOIN b USING (k, s) WHERE v > 2',
  'SELECT v, w FROM a CROSS JOIN b WHERE v + w = 7',
  'SELECT x.v, y.v, w FROM a AS x JOIN a AS y ON x.k = y.k AND x.v < y.v JOIN b ON y.s = b.s',
  'SELECT v FROM a WHERE k IN (SELECT k FROM b)',
  'SELECT v FROM a WHERE k IN (SELECT k FROM b WHERE w > v)',
  'SELECT v FROM a WHERE k NOT IN (SELECT k FROM b WHERE k IS NOT NULL)',
  'SELECT v FROM a WHERE k NOT IN (SELECT k FROM b)',
  'SELECT v FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.s = a.s)',
  'SELECT v FROM a WHERE (k, s) IN (SELECT k, s FROM b)',
  'SELECT v FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND w < v)',
  'SELECT v FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AND v > 1',
  'SELECT v FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.s IN (SELECT s FROM a WHERE v > 4))',
  'SELECT v FROM a WHERE v > ALL (SELECT w FROM b WHERE w < 4)',
  'SELECT v FROM a WHERE v >= ALL (SELECT w FROM b WHERE b.k = a.k)',
  'SELECT v FROM a WHERE k <> ALL (SELECT k FROM b WHERE b.s = a.s)',
  'SELECT v FROM a WHERE k = ALL (SELECT k FROM b WHERE b.s = a.s)',
  'SELECT v FROM a WHERE v < ANY (SELECT w FROM b WHERE b.s = a.s)',
  'SELECT v FROM a WHERE k = ANY (SELECT k FROM b) AND v <> SOME (SELECT w FROM b WHERE w > 5)',
  'SELECT v FROM a WHERE NOT v <= ALL (SELECT w FROM b WHERE b.k = a.k)',
  'SELECT v FROM a WHERE NOT v > ANY (SELECT w FROM b WHERE b.k = a.k)',
  'SELECT v FROM a WHERE (k, s) = ANY (SELECT k, s FROM b)',
  'SELECT v, (SELECT COALESCE(SUM(w), 0) + COUNT(*) FROM b WHERE b.k = a.k) FROM a',
  'SELECT v, (SELECT COUNT(*) FILTER (WHERE w > 3) + 1 FROM b WHERE b.s = a.s AND b.k = a.k) FROM a',
  'SELECT * FROM a NATURAL JOIN b',
  'SELECT k, s, v, w FROM a NATURAL LEFT JOIN b WHERE v > 2',
  'SELECT * FROM a NATURAL FULL JOIN b',
  'SELECT a.k, v, w FROM a, LATERAL (SELECT w FROM b WHERE b.k = a.k AND w < a.v) AS l',
  'SELECT a.k, v, l.x FROM a LEFT JOIN LATERAL (SELECT w + 1 AS x FROM b WHERE b.k = a.k AND b.w > 2) AS l ON TRUE',
  'SELECT v, w FROM a, LATERAL (SELECT w FROM b WHERE b.k = a.k ORDER BY w DESC, s LIMIT 2) AS l',
  'SELECT v, x FROM a LEFT JOIN LATERAL (SELECT w + 1 AS x FROM b WHERE b.s = a.s ORDER BY x LIMIT 1 OFFSET 1) AS l ON TRUE WHERE v > 1',
  'SELECT v, n, m FROM a, LATERAL (SELECT COUNT(*) AS n, COALESCE(MAX(w), -1) AS m FROM b WHERE b.k = a.k) AS l',
  'SELECT v, s2, n FROM a CROSS JOIN LATERAL (SELECT s AS s2, COUNT(*) AS n FROM b WHERE b.k = a.k GROUP BY s HAVING COUNT(*) > 0) AS l',
  'SELECT v, t.x FROM a LEFT JOIN LATERAL (SELECT DISTINCT s FROM b WHERE b.k = a.k) AS t (x) ON TRUE',
  'SELECT s1.s, l.k, l.v FROM (SELECT DISTINCT s FROM a) AS s1, LATERAL (SELECT k, v FROM a WHERE a.s = s1.s ORDER BY v, k NULLS LAST LIMIT 2) AS l',
  'SELECT v, w FROM a, LATERAL (SELECT w FROM b WHERE w > 3) AS l',
  "SELECT v FROM a WHERE (k, s) IN ((1, 'x'), (2, 'y'), (3, NULL))",
  "SELECT v FROM a WHERE (k, s) NOT IN ((1, 'x'), (2, 'y'))",
  'SELECT v FROM a WHERE (k, v) = (1, 2) OR (k, v) <> (2, 3)',
  "SELECT v, CAST(s || 'yz' AS VARCHAR(2)), CAST(v + 100 AS VARCHAR(2)) FROM a",
  'SELECT k, s FROM a UNION ALL SELECT k, s FROM b',
  'SELECT v, (SELECT COUNT(*) FROM b WHERE b.k = a.k) FROM a',
  'SELECT v, (SELECT MAX(w) FROM b WHERE b.k = a.k AND w < 6) FROM a WHERE v > (SELECT MIN(w) FROM b)',
  'SELECT k FROM a UNION SELECT k FROM b',
  'SELECT k, s FROM a INTERSECT SELECT k, s FROM b',
  'SELECT k FROM a INTERSECT ALL SELECT k FROM b',
  'SELECT k, s FROM a EXCEPT SELECT k, s FROM b',
  'SELECT k FROM a EXCEPT ALL SELECT k FROM b',
  'SELECT k FROM a UNION SELECT k FROM b EXCEPT SELECT v FROM a INTERSECT SELECT w FROM b',
  'SELECT DISTINCT s, k FROM a',
  'SELECT s, COUNT(*), SUM(v), MAX(k) FROM a GROUP BY s HAVING COUNT(*) > 1',
  'SELECT a.k, COUNT(w), MIN(w) FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k',
  'SELECT v FROM a WHERE k IN (SELECT k FROM b GROUP BY k HAVING COUNT(*) > 1)',
  'SELECT x.k, n FROM (SELECT k, COUNT(*) AS n FROM a GROUP BY k) AS x JOIN (SELECT k, MAX(w) AS m FROM b GROUP BY k) AS y ON x.k = y.k AND n < m',
  'SELECT v, e, n FROM a CROSS JOIN UNNEST(ARRAY[k, v, 7]) WITH ORDINALITY AS t (e, n) WHERE e > 2',
  'SELECT t.x, t.y FROM (VALUES (1, 2), (3, NULL)) AS t (x, y)',
  'SELECT 1 + 2 AS three, UPPER(s) FROM (SELECT CAST(NULL AS VARCHAR) AS s) AS one',
];

/** Queries of the same meaning whose text differs, with rows given by hand. */
const OURS: readonly (readonly [string, readonly string[]])[] = [
  ["SELECT ARRAY['a', 'b'][2], MAP['x', 1, 'y', 2]['y'], CARDINALITY(ARRAY[1, 2, 3])", ['b 2 3']],
  ['SELECT k, v FROM (SELECT 1) AS one CROSS JOIN UNNEST(MAP[1, 10, 2, 20]) AS t (k, v)', ['1 10', '2 20']],
  [
    'SELECT a, b FROM (SELECT 1) AS one CROSS JOIN UNNEST(ARRAY[ROW(1, 10), ROW(2, CAST(NULL AS INT))]) AS t (a, b)',
    ['1 10', '2 null'],
  ],
  ["CREATE TABLE t WITH ('connector' = 'blackhole') AS SELECT a + 1 AS b FROM (VALUES (1), (2)) AS v (a)", ['2', '3']],
  ['SELECT r.x FROM (SELECT 1 + 1 AS n) AS t, UNNEST(ARRAY[ROW(n), ROW(CAST(7 AS BIGINT))]) AS r (x)', ['2', '7']],
];

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
let server: TestPostgres;
let client: Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new Client(server.url);
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await server?.stop();
});

/** VALUES of up to `most` rows; keys repeat, and some are NULL. */
function randomTables(random: SeededRandom): string {
  const cell = (below: number, type: string, text: (n: number) => string) =>
    random.next() < 0.2 ? `CAST(NULL AS ${type})` : text(random.integer(below));
  const table = (name: string, column: string) => {
    const rows = Array.from({ length: 1 + random.integer(8) }, () => {
      const values = [cell(4, 'INT', String), String(random.integer(9)), cell(3, 'VARCHAR', (n) => `'${'xyz'[n]}'`)];
      return `(${values.join(', ')})`;
    });
    return `${name} (k, ${column}, s) AS (VALUES ${rows.join(', ')})`;
  };
  return `WITH ${table('a', 'v')}, ${table('b', 'w')}`;
}

describe(`what a query answers is what PostgreSQL answers (seed ${seed})`, () => {
  it.each(QUERIES)(
    '%s',
    async (query) => {
      const random = new SeededRandom(seed);
      for (let round = 0; round < 6; round++) {
        const text = `${randomTables(random)} ${query}`;
        const { rows } = await client.query({ text, rowMode: 'array' });
        expect(await previewAnswerOf(text), text).toEqual(rows.map(textOf).sort());
      }
    },
    30_000,
  );

  it.each(OURS)('%s', async (query, rows) => {
    expect(await previewAnswerOf(query)).toEqual([...rows].sort());
  });
});
