import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { randomQuery } from '../testing/random-query.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const QUERIES = Number(process.env.QUERIES ?? 60);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

it(`${QUERIES} random queries are answered as PostgreSQL answers them (SEED=${seed})`, async () => {
  for (let at = 0; at < QUERIES; at++) {
    const random = new SeededRandom(seed + at);
    const inputs = await fillTables(oracle, random, 25);
    const query = randomQuery(random);
    const expected = await oracle.answer(query);
    const found = await answerOf(`${TABLES_DDL}${query};`, inputs, random).catch((error: Error) => [error.message]);
    expect(found, `SEED=${seed + at} QUERIES=1: ${query}`).toEqual(expected);
  }
}, 120_000);
