import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomQuery } from '../../../packages/runtime/src/testing/random-query.ts';
import { SeededRandom } from '../../../packages/testing/src/seeded-random.ts';
import { QUESTIONS } from './allowed.ts';
import { agree, finalRows } from './compare.ts';
import { families } from './corpus.ts';
import { Flink } from './flink.ts';
import { installFlink } from './install.ts';
import { askOurs } from './ours.ts';
import { writeTables } from './table-files.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROWS = 30;
const RANDOM_QUERIES = Number(process.env.QUERIES ?? 30);

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-flink-'));
let flink: Flink;
let tables: readonly string[];
beforeAll(async () => {
  tables = writeTables(folder, new SeededRandom(seed), ROWS);
  flink = Flink.start(await installFlink());
});
afterAll(async () => {
  await flink?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function compare(query: string): Promise<void> {
  const statements = [...tables, query];
  const theirs = await flink.ask(statements);
  const ours = await askOurs(statements, folder);
  const isAllowed = QUESTIONS.has(query);
  if (agree(theirs, ours) !== isAllowed) return;
  if (isAllowed) throw new Error(`the same as in Flink now: take it off the list of differences: ${query}`);
  expect(finalRows(ours), query).toEqual(finalRows(theirs));
}

describe(`a query answers what it answers in Flink (SEED=${seed})`, () => {
  for (const file of ['relations', 'groups', 'windows']) {
    const queries = [...families(`questions/${file}.sql`).values()].flat();
    it.each(queries)(`${file}: %s`, compare);
  }

  it(`${RANDOM_QUERIES} random ones too`, async () => {
    for (let at = 0; at < RANDOM_QUERIES; at++) await compare(randomQuery(new SeededRandom(seed + at)));
  });
});
