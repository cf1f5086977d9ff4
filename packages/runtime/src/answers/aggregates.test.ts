import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`aggregates seed ${seed}`);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

const HOP = `TABLE(HOP(TABLE a, DESCRIPTOR(t), INTERVAL '20' SECOND, INTERVAL '1' MINUTE))`;
const TUMBLE = `TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE))`;
const TUMBLED = `(SELECT a.*, date_bin('1 minute', t, '2026-01-01') AS window_start, date_bin('1 minute', t, '2026-01-01') + interval '1 minute' AS window_end FROM a) w`;
const CUMULATE = `TABLE(CUMULATE(TABLE a, DESCRIPTOR(t), INTERVAL '20' SECOND, INTERVAL '1' MINUTE))`;
const CUMULATED = `(SELECT a.*, date_bin('1 minute', t, '2026-01-01') AS window_start, g AS window_end FROM a, generate_series(date_bin('20 seconds', t, '2026-01-01') + interval '20 seconds', date_bin('1 minute', t, '2026-01-01') + interval '1 minute', interval '20 seconds') g) w`;
const HOPPED = `(SELECT a.*, g AS window_start FROM a, generate_series(date_bin('20 seconds', t, '2026-01-01') - interval '40 seconds', date_bin('20 seconds', t, '2026-01-01'), interval '20 seconds') g) w`;
/** A table whose rows are taken back and given anew. */
const CHANGING = '(SELECT k, s, MAX(id) AS id FROM a GROUP BY k, s) x';

/** What is asked, and what PostgreSQL is asked instead. */
const CASES: readonly (readonly [name: string, ours: string, postgres?: string])[] = [
  ['COUNT of several values', 'SELECT k, COUNT(v, s), COUNT(DISTINCT v, s), COUNT(DISTINCT s) FROM a GROUP BY k', 'SELECT k, count(*) FILTER (WHERE v IS NOT NULL AND s IS NOT NULL), count(DISTINCT (v, s)) FILTER (WHERE v IS NOT NULL AND s IS NOT NULL), count(DISTINCT s) FROM a GROUP BY k'],
  ['DISTINCT of rows and arrays', 'SELECT s, COUNT(DISTINCT ROW(k, d)), COUNT(DISTINCT ARRAY[k, 1]), CARDINALITY(ARRAY_AGG(DISTINCT ROW(k, v))), APPROX_COUNT_DISTINCT(ROW(k, v)) FROM a GROUP BY s', 'SELECT s, count(DISTINCT (k, d)), count(DISTINCT ARRAY[k, 1]), count(DISTINCT (k, v)), count(DISTINCT (k, v)) FROM a GROUP BY s'],
  ['DISTINCT of rows, taken back', `SELECT s, COUNT(DISTINCT ROW(k, id % 3)) FROM ${CHANGING} GROUP BY s`, `SELECT s, count(DISTINCT (k, id % 3)) FROM ${CHANGING} GROUP BY s`],
  ['DISTINCT of rows in hopping windows', `SELECT window_start, COUNT(DISTINCT ROW(k, s)) FROM ${HOP} GROUP BY window_start, window_end`, `SELECT window_start, count(DISTINCT (k, s)) FROM ${HOPPED} GROUP BY 1`],
  ['GROUP BY a row', 'SELECT r.f0, COUNT(*), SUM(v) FROM (SELECT CAST(ROW(k, s) AS ROW<f0 INT, f1 STRING>) AS r, v FROM a) x GROUP BY r', 'SELECT k, count(*), sum(v) FROM a GROUP BY k, s'],
  ['GROUP BY an array, in a window', "SELECT window_start, CARDINALITY(SPLIT(s, 'b')), COUNT(*) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, SPLIT(s, 'b')", "SELECT date_bin('1 minute', t, '2026-01-01'), CASE WHEN s = '' THEN 1 ELSE array_length(string_to_array(s, 'b'), 1) END, count(*) FROM a GROUP BY 1, s"],
  ['SELECT DISTINCT of rows and arrays', "SELECT CARDINALITY(x), r.f0 FROM (SELECT DISTINCT SPLIT(s, 'b') AS x, CAST(ROW(k) AS ROW<f0 INT>) AS r FROM a) y", "SELECT CASE WHEN s = '' THEN 1 ELSE array_length(string_to_array(s, 'b'), 1) END, k FROM (SELECT DISTINCT s, k FROM a) y"],
  ['INTERSECT and EXCEPT ALL of arrays', 'SELECT x[1] FROM (SELECT ARRAY[k, k] AS x FROM a INTERSECT SELECT ARRAY[k, k] FROM b) y UNION ALL SELECT x[1] FROM (SELECT ARRAY[k] AS x FROM a EXCEPT ALL SELECT ARRAY[k] FROM b) z', 'SELECT x[1] FROM (SELECT ARRAY[k, k] AS x FROM a INTERSECT SELECT ARRAY[k, k] FROM b) y UNION ALL SELECT x[1] FROM (SELECT ARRAY[k] AS x FROM a EXCEPT ALL SELECT ARRAY[k] FROM b) z'],
  ['PARTITION BY a row', 'SELECT id, SUM(k) OVER (PARTITION BY ROW(k, s) ORDER BY t) FROM a', 'SELECT id, sum(k) OVER (PARTITION BY k, s ORDER BY t) FROM a'],
  ['PERCENTILE of several fractions', 'SELECT k, p[1], p[2], p[3] FROM (SELECT k, PERCENTILE(d, ARRAY[0, 0.5, 0.9]) AS p FROM a GROUP BY k) x', 'SELECT k, p[1], p[2], p[3] FROM (SELECT k, percentile_cont(ARRAY[0, 0.5, 0.9]) WITHIN GROUP (ORDER BY d::float8) AS p FROM a GROUP BY k) x'],
  ['PERCENTILE by frequency', 'SELECT s, PERCENTILE(d, 0.3, k) FROM a GROUP BY s', 'SELECT s, (SELECT percentile_cont(0.3) WITHIN GROUP (ORDER BY y.d::float8) FROM a y, generate_series(1, y.k) WHERE y.s IS NOT DISTINCT FROM x.s) FROM a x GROUP BY s'],
  ['PERCENTILE by frequency, taken back', `SELECT s, PERCENTILE(id, ARRAY[0.5], k)[1] FROM ${CHANGING} GROUP BY s`, `SELECT s, percentile_cont(0.5) WITHIN GROUP (ORDER BY id::float8) FROM (SELECT s, id FROM ${CHANGING}, generate_series(1, k) UNION ALL SELECT s, NULL FROM a) z GROUP BY s`],
  ['JSON_ARRAYAGG', 'SELECT k, JSON_ARRAYAGG(s), JSON_ARRAYAGG(v NULL ON NULL) FROM a GROUP BY k', `SELECT k, '[' || coalesce(string_agg(to_json(s)::text, ',' ORDER BY id), '') || ']', '[' || string_agg(coalesce(v::text, 'null'), ',' ORDER BY id) || ']' FROM a GROUP BY k`],
  ['JSON_ARRAYAGG of objects, filtered', "SELECT k, JSON_OBJECT('all' VALUE JSON_ARRAYAGG(JSON_OBJECT('s' VALUE s))), JSON_ARRAYAGG(s) FILTER (WHERE v > 5) FROM a GROUP BY k", `SELECT k, '{"all":[' || string_agg('{"s":' || coalesce(to_json(s)::text, 'null') || '}', ',' ORDER BY id) || ']}', '[' || coalesce(string_agg(to_json(s)::text, ',' ORDER BY id) FILTER (WHERE v > 5), '') || ']' FROM a GROUP BY k`],
  ['JSON_OBJECTAGG', 'SELECT k, JSON_OBJECTAGG(CAST(id AS STRING) VALUE s), JSON_OBJECTAGG(KEY CAST(id AS STRING) VALUE s ABSENT ON NULL) FROM a GROUP BY k', `SELECT k, '{' || string_agg('"' || id || '":' || coalesce(to_json(s)::text, 'null'), ',' ORDER BY id::text COLLATE "C") || '}', '{' || coalesce(string_agg('"' || id || '":' || to_json(s)::text, ',' ORDER BY id::text COLLATE "C"), '') || '}' FROM a GROUP BY k`],
  ['JSON_ARRAYAGG in hopping windows', `SELECT window_start, JSON_ARRAYAGG(id) FROM ${HOP} GROUP BY window_start, window_end`, `SELECT window_start, '[' || string_agg(id::text, ',' ORDER BY id) || ']' FROM ${HOPPED} GROUP BY 1`],
  ['ARRAY_AGG without NULLs', "SELECT s, CARDINALITY(ARRAY_AGG(v IGNORE NULLS)), CARDINALITY(ARRAY_AGG(v)), CARDINALITY(ARRAY_AGG(v) FILTER (WHERE k = 1)) FROM a GROUP BY s", 'SELECT s, nullif(count(v), 0), count(*), nullif(count(*) FILTER (WHERE k = 1), 0) FROM a GROUP BY s'],
  ['COUNT(DISTINCT) of rows in OVER', "SELECT id, COUNT(DISTINCT ROW(k, s)) OVER (ORDER BY t) FROM a", 'SELECT x.id, (SELECT count(DISTINCT (y.k, y.s)) FROM a y WHERE y.t <= x.t) FROM a x'],
  ['GROUP BY what is computed from the window', `SELECT EXTRACT(MINUTE FROM window_end), COUNT(*) FROM ${HOP} GROUP BY window_start, window_end, EXTRACT(MINUTE FROM window_end)`, `SELECT extract(minute FROM window_start + interval '1 minute')::bigint, count(*) FROM ${HOPPED} GROUP BY window_start`],
  ['GROUP BY where in its window a row is', `SELECT window_start, TIMESTAMPDIFF(SECOND, window_start, t) / 10, COUNT(*) FROM ${TUMBLE} GROUP BY window_start, window_end, TIMESTAMPDIFF(SECOND, window_start, t) / 10`, `SELECT window_start, floor(extract(epoch FROM t - window_start) / 10)::int, count(*) FROM ${TUMBLED} GROUP BY 1, 2`],
  ['the same in hopping windows', `SELECT window_start, window_end, t < TIMESTAMPADD(SECOND, 30, window_start), COUNT(*), SUM(v) FROM ${HOP} GROUP BY window_start, window_end, t < TIMESTAMPADD(SECOND, 30, window_start)`, `SELECT window_start, window_start + interval '1 minute', t < window_start + interval '30 seconds', count(*), sum(v) FROM ${HOPPED} GROUP BY 1, 3`],
  ['aggregates over the window', `SELECT window_start, window_end, k, MAX(window_start), COUNT(DISTINCT window_end), SUM(TIMESTAMPDIFF(SECOND, window_start, t)) FROM ${CUMULATE} GROUP BY window_start, window_end, k`, `SELECT window_start, window_end, k, window_start, 1, sum(floor(extract(epoch FROM t - window_start)))::int FROM ${CUMULATED} GROUP BY 1, 2, 3`],
  ['a condition over the window and the row', `SELECT window_start, COUNT(*) FROM ${HOP} WHERE t > TIMESTAMPADD(SECOND, 40, window_start) OR k = 1 GROUP BY window_start, window_end`, `SELECT window_start, count(*) FROM ${HOPPED} WHERE t > window_start + interval '40 seconds' OR k = 1 GROUP BY 1`],
  ['a FILTER over the window and the row', `SELECT window_start, COUNT(*) FILTER (WHERE t < TIMESTAMPADD(SECOND, 20, window_start)), COUNT(*) FROM ${HOP} GROUP BY window_start, window_end`, `SELECT window_start, count(*) FILTER (WHERE t < window_start + interval '20 seconds'), count(*) FROM ${HOPPED} GROUP BY 1`],
  ['windows over such windows', `WITH w AS (SELECT window_time AS wt, COUNT(window_start) AS n FROM ${TUMBLE} GROUP BY window_start, window_end, window_time) SELECT window_start, SUM(n) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(wt), INTERVAL '2' MINUTE)) GROUP BY window_start, window_end`, `SELECT date_bin('2 minutes', t, '2026-01-01'), count(*) FROM a GROUP BY 1`],
  ['GROUP_ID', 'SELECT k, s, GROUP_ID(), GROUPING(k, s), COUNT(*) FROM a GROUP BY CUBE (k, s)', 'SELECT k, s, grouping(k, s), grouping(k, s), count(*) FROM a GROUP BY CUBE (k, s)'],
]; // biome-ignore format: a table

describe('aggregates give what PostgreSQL gives for the same rows', () => {
  for (const [name, ours, postgres] of CASES) {
    it(name, async () => {
      for (let round = 0; round < 3; round++) {
        const random = new SeededRandom(seed + round);
        const inputs = await fillTables(oracle, random, 60);
        const expected = await oracle.answer(postgres ?? ours);
        expect(await answerOf(`${TABLES_DDL}${ours};`, inputs, random)).toEqual(expected);
      }
    });
  }

  it('a key that comes twice in a group of JSON_OBJECTAGG fails the record', async () => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 60);
    const asked = answerOf(`${TABLES_DDL}SELECT JSON_OBJECTAGG(COALESCE(s, '-') VALUE id) FROM a;`, inputs, random);
    await expect(asked).rejects.toThrow('stands twice in one group of JSON_OBJECTAGG');
  });
});
