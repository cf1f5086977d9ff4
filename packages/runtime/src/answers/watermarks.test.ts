import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`watermarks seed ${seed}`);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

/** What a watermark may be computed from; each lets all rows of the table come in time. */
const STRATEGIES = [
  "t - INTERVAL '10' SECOND",
  "t - INTERVAL '10.001' SECOND",
  'TIMESTAMPADD(SECOND, -10 - COALESCE(k, 0), t)',
  "CASE WHEN k IS NULL THEN NULL ELSE t - INTERVAL '10' SECOND END",
  "CAST(FLOOR(t TO MINUTE) AS TIMESTAMP(3)) - INTERVAL '10' SECOND",
  "CAST(CAST(t AS STRING) AS TIMESTAMP) - INTERVAL '10' SECOND",
  "TIMESTAMP '2026-01-01 00:00:00'",
];

it.each(STRATEGIES)('windows close without losing a row: WATERMARK FOR t AS %s', async (strategy) => {
  const random = new SeededRandom(seed);
  const inputs = await fillTables(oracle, random, 80);
  const table = `CREATE TABLE a (id BIGINT, k INT, v BIGINT, d DECIMAL(20,2), s STRING, t TIMESTAMP(3), WATERMARK FOR t AS ${strategy}) WITH ('connector' = 'given');`;
  const ours = `SELECT window_start, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;`;
  const expected = await oracle.answer(
    "SELECT date_bin('1 minute', t, '2026-01-01'), count(*), sum(v) FROM a GROUP BY 1",
  );
  expect(await answerOf(`${table}${ours}`, inputs, random)).toEqual(expected);
});
