import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const QUERIES = Number(process.env.QUERIES ?? 120);

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
});
afterAll(async () => {
  await oracle.stop();
});

it(`conditions of constants, NULLs and a few columns mean what PostgreSQL says: ${QUERIES} of them (SEED=${seed})`, async () => {
  const inputs = await fillTables(oracle, new SeededRandom(seed), 20);
  for (let at = 0; at < QUERIES; at++) {
    const random = new SeededRandom(seed + at);
    const condition = logical(random, 3);
    const query = `SELECT id, CASE WHEN ${logical(random, 2)} THEN ${integer(random, 2)} WHEN ${logical(random, 1)} THEN k ELSE ${integer(random, 1)} END AS c FROM a WHERE ${condition}`;
    const expected = await oracle.answer(query);
    const found = await answerOf(`${TABLES_DDL}${query};`, inputs, random).catch((error: Error) => [error.message]);
    expect(found, `SEED=${seed + at} QUERIES=1: ${query}`).toEqual(expected);
  }
}, 120_000);

/** TRUE, FALSE and NULL more often than columns. */
function logical(random: SeededRandom, depth: number): string {
  if (depth === 0) return random.pick(['TRUE', 'FALSE', 'CAST(NULL AS BOOLEAN)', 'k > 1', 'k IS NULL']);
  const [a, b] = [logical(random, depth - 1), logical(random, depth - 1)];
  const [x, y, z] = [integer(random, depth - 1), integer(random, depth - 1), integer(random, depth - 1)];
  const operator = random.pick(['=', '<>', '<', '<=', '>', '>=']);
  return random.pick([
    `(${a} AND ${b})`,
    `(${a} OR ${b})`,
    `NOT (${a})`,
    `((${a}) IS ${random.pick(['', 'NOT '])}${random.pick(['TRUE', 'FALSE', 'NULL'])})`,
    `(${x} ${operator} ${y})`,
    `(${x} IN (${y}, ${z}))`,
    `(${x} NOT IN (${y}, ${z}))`,
    `(${x} BETWEEN ${y} AND ${z})`,
    `(${x} IS ${random.pick(['', 'NOT '])}DISTINCT FROM ${y})`,
    `(${text(random)} ${random.pick(['=', '<>'])} ${text(random)})`,
    `(CASE WHEN ${a} THEN ${b} ELSE FALSE END)`,
  ]);
}

function integer(random: SeededRandom, depth: number): string {
  if (depth === 0) return random.pick(['0', '1', '7', '-3', 'CAST(NULL AS INT)', 'k']);
  const [x, y] = [integer(random, depth - 1), integer(random, depth - 1)];
  return random.pick([
    `(${x} + ${y})`,
    `(${x} - ${y})`,
    `(${x} * ${y})`,
    `COALESCE(${x}, ${y})`,
    `CASE WHEN ${logical(random, depth - 1)} THEN ${x} ELSE ${y} END`,
    x,
  ]);
}

function text(random: SeededRandom): string {
  return random.pick(["'a'", "'b'", "''", 'CAST(NULL AS VARCHAR)', 's']);
}
