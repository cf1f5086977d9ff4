import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`intervals seed ${seed}`);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

const WEEK = "TIMESTAMP '2026-11-20 00:00:00'";
/** Rows with an INTERVAL of each kind, here and there. */
const OURS = `(SELECT id, k, s, t, (t - ${WEEK}) DAY TO SECOND AS d, k * INTERVAL '5' MONTH AS m, v * INTERVAL '1' SECOND AS u FROM a WHERE v < 1000 AND v > -1000)`;
const THEIRS = `(SELECT id, k, s, t, t - ${WEEK} AS d, k * INTERVAL '5 month' AS m, v * INTERVAL '1 second' AS u FROM a WHERE v < 1000 AND v > -1000)`;
/** PostgreSQL keeps days apart from seconds, so both are asked for a number. */
const MS = (x: string) => `CAST(EXTRACT(EPOCH FROM ${x}) * 1000 AS BIGINT)`;
const MONTHS = (x: string) => `CAST(EXTRACT(YEAR FROM ${x}) * 12 + EXTRACT(MONTH FROM ${x}) AS BIGINT)`;

type Case = readonly [name: string, ours: string, theirs: string];
const CASES: readonly Case[] = [
  ['the difference of two times', `SELECT id, CAST(d AS BIGINT) FROM ${OURS} x`, `SELECT id, ${MS('d')} FROM ${THEIRS} x`],
  ['sums, multiples and signs', `SELECT id, CAST(d + 2 * u - d * k AS BIGINT), CAST(-m * 3 AS BIGINT) FROM ${OURS} x`, `SELECT id, ${MS('d + 2 * u - d * k')}, ${MONTHS('-m * 3')} FROM ${THEIRS} x`],
  ['times moved by a column', `SELECT id, t + u, t - m, t + d FROM ${OURS} x`, `SELECT id, t + u, t - m, t + d FROM ${THEIRS} x`],
  ['comparisons', `SELECT id FROM ${OURS} x WHERE u > INTERVAL '2' SECOND AND d BETWEEN INTERVAL '4' DAY AND INTERVAL '5' DAY OR m IN (INTERVAL '5' MONTH)`, `SELECT id FROM ${THEIRS} x WHERE u > INTERVAL '2 second' AND d BETWEEN INTERVAL '4 day' AND INTERVAL '5 day' OR m IN (INTERVAL '5 month')`],
  ['parts', `SELECT id, EXTRACT(DAY FROM d), EXTRACT(HOUR FROM d), EXTRACT(MINUTE FROM d), EXTRACT(YEAR FROM m), EXTRACT(MONTH FROM m) FROM ${OURS} x`, `SELECT id, CAST(EXTRACT(DAY FROM d) AS BIGINT), CAST(EXTRACT(HOUR FROM d) AS BIGINT), CAST(EXTRACT(MINUTE FROM d) AS BIGINT), CAST(EXTRACT(YEAR FROM m) AS BIGINT), CAST(EXTRACT(MONTH FROM m) AS BIGINT) FROM ${THEIRS} x`],
  ['GROUP BY one', `SELECT CAST(u AS BIGINT), COUNT(*) FROM ${OURS} x GROUP BY u`, `SELECT ${MS('u')}, COUNT(*) FROM ${THEIRS} x GROUP BY u`],
  ['MIN, MAX and COUNT DISTINCT', `SELECT s, CAST(MIN(u) AS BIGINT), CAST(MAX(m) AS BIGINT), COUNT(DISTINCT u) FROM ${OURS} x GROUP BY s`, `SELECT s, ${MS('MIN(u)')}, ${MONTHS('MAX(m)')}, COUNT(DISTINCT u) FROM ${THEIRS} x GROUP BY s`],
  ['MIN and MAX of groups that change', `SELECT CAST(MIN(n) AS BIGINT), CAST(MAX(n) AS BIGINT) FROM (SELECT k, COUNT(*) * INTERVAL '1' HOUR AS n FROM a GROUP BY k) x`, `SELECT ${MS('MIN(n)')}, ${MS('MAX(n)')} FROM (SELECT k, COUNT(*) * INTERVAL '1 hour' AS n FROM a GROUP BY k) x`],
  ['a join on one', `SELECT x.id, b.id FROM ${OURS} x JOIN b ON x.m = b.k * INTERVAL '5' MONTH`, `SELECT x.id, b.id FROM ${THEIRS} x JOIN b ON x.m = b.k * INTERVAL '5 month'`],
  ['Top-N by one', `SELECT k, id FROM (SELECT k, id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY u DESC, id) AS place FROM ${OURS} x) y WHERE place <= 2`, `SELECT k, id FROM (SELECT k, id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY u DESC NULLS LAST, id) AS place FROM ${THEIRS} x) y WHERE place <= 2`],
  ['set operations', `SELECT CAST(m AS BIGINT) FROM (SELECT m FROM ${OURS} x EXCEPT SELECT k * INTERVAL '5' MONTH FROM b WHERE k > 2) y`, `SELECT ${MONTHS('m')} FROM (SELECT m FROM ${THEIRS} x EXCEPT SELECT k * INTERVAL '5 month' FROM b WHERE k > 2) y`],
  ['CASE, COALESCE and NULLIF', `SELECT id, CAST(COALESCE(m, INTERVAL '1' YEAR) AS BIGINT), CAST(NULLIF(u, INTERVAL '1' SECOND) AS BIGINT), CAST(CASE WHEN k > 1 THEN d ELSE u END AS BIGINT) FROM ${OURS} x`, `SELECT id, ${MONTHS("COALESCE(m, INTERVAL '1 year')")}, ${MS("NULLIF(u, INTERVAL '1 second')")}, ${MS('CASE WHEN k > 1 THEN d ELSE u END')} FROM ${THEIRS} x`],
]; // biome-ignore format: a table

describe('INTERVALs answer as those of PostgreSQL', () => {
  it.each(CASES)('%s', async (_, ours, theirs) => {
    for (const round of [0, 1]) {
      const random = new SeededRandom(seed + round);
      const inputs = await fillTables(oracle, random, 60);
      expect(await answerOf(`${TABLES_DDL}${ours}`, inputs, random), `seed ${seed + round}`).toEqual(
        await oracle.answer(theirs),
      );
    }
  });

  it('state, OVER, lists, rows and functions in JavaScript hold them', async () => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 40);
    const answer = (query: string) => answerOf(`${TABLES_DDL}${query}`, inputs, random);
    const declared =
      'CREATE FUNCTION twice(d INTERVAL DAY) RETURNS INTERVAL DAY TO SECOND LANGUAGE JAVASCRIPT AS $$ return d === null ? null : 2 * d $$;';
    const plain = await answer("SELECT id, CAST(2 * (k * INTERVAL '1' HOUR) AS STRING) FROM a");
    expect(await answer(`${declared} SELECT id, CAST(twice(k * INTERVAL '1' HOUR) AS STRING) FROM a`)).toEqual(plain);
    expect(
      await answer(
        "SELECT id, CAST(r.d * 2 AS STRING) FROM (SELECT id, ROW(k * INTERVAL '1' HOUR, id) FROM a) AS x (id, row_) CROSS JOIN UNNEST(ARRAY[row_]) AS r (d, n)",
      ),
    ).toEqual(plain);
    const lagged = (of: string) => `SELECT id, CAST(LAG(${of}) OVER (PARTITION BY k ORDER BY t) AS STRING) FROM a`;
    const counted = `SELECT id, CAST(l * INTERVAL '1' MINUTE AS STRING) FROM (SELECT id, LAG(id) OVER (PARTITION BY k ORDER BY t) AS l FROM a) x`;
    expect(await answer(lagged("id * INTERVAL '1' MINUTE"))).toEqual(await answer(counted));
    const sizes = await answer(
      "SELECT k, CARDINALITY(COLLECT(id * INTERVAL '1' DAY)), CARDINALITY(ARRAY_AGG(id * INTERVAL '1' MONTH)) FROM a GROUP BY k",
    );
    expect(sizes).toEqual(await oracle.answer('SELECT k, COUNT(*), COUNT(*) FROM a GROUP BY k'));
  });
});
