import { connectors } from '@millrace/connectors';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jdbcOptions } from '../testing/jdbc-options.ts';
import { Oracle } from '../testing/oracle.ts';
import { previewAnswerOf } from '../testing/preview-answer.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const REGISTRY = connectors({ filesRoot: undefined, allowedHosts: ['127.0.0.1'] });
const COLUMNS = 'id BIGINT, k INT, v BIGINT, d DECIMAL(20,2), s STRING, t TIMESTAMP(3)';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
}, 60_000);
afterAll(() => oracle.stop());

/** A stream `a`, and table `b` of the database, called `looked` and asked by key. */
const LOOKUPS: readonly (readonly [name: string, select: string, from: string])[] = [
  ['by INT', 'a.id, b.id, b.s', 'a JOIN b ON a.k = b.k'],
  ['by BIGINT beyond 2^53', 'a.id, b.id', 'a JOIN b ON a.v = b.v'],
  ['by DECIMAL', 'a.id, b.id, b.d', 'a JOIN b ON a.d = b.d'],
  ['by STRING', 'a.id, b.id, b.t', 'a LEFT JOIN b ON a.s = b.s'],
  ['by TIMESTAMP', 'a.id, b.id', 'a LEFT JOIN b ON a.t = b.t'],
  ['by two columns', 'a.id, b.id', 'a LEFT JOIN b ON b.k = a.k AND a.s = b.s'],
  ['a BIGINT by an INT column', 'a.id, b.id', 'a LEFT JOIN b ON a.v = b.k'],
  ['a DECIMAL by an INT column', 'a.id, b.id', 'a LEFT JOIN b ON a.d = b.k'],
  ['by an expression', 'a.id, b.id', 'a JOIN b ON a.k + 1 = b.k'],
  ['with a condition on both', 'a.id, b.id', 'a LEFT JOIN b ON a.k = b.k AND a.v < b.v'],
  ['with a condition on the table', 'a.id, b.id', "a LEFT JOIN b ON a.k = b.k AND b.s <> 'ab'"],
  ['with WHERE on both', 'a.id, b.id', "a JOIN b ON a.k = b.k WHERE a.v > 0 AND b.s = 'a'"],
  ['unmatched rows found by WHERE', 'a.id', 'a LEFT JOIN b ON a.v = b.v WHERE b.id IS NULL'],
];

describe(`a lookup join answers what PostgreSQL answers while the table stands still (seed ${seed})`, () => {
  for (const cache of ['NONE', 'PARTIAL', 'FULL']) {
    it.each(LOOKUPS)(`${cache}: %s`, async (_, select, from) => {
      const random = new SeededRandom(seed);
      const inputs = await fillTables(oracle, random, 40);
      const looked = `CREATE TABLE looked (${COLUMNS}) ${jdbcOptions(oracle.url, 'b', { 'lookup.cache': cache })};`;
      const ours = from.replace('JOIN b ', 'JOIN looked FOR SYSTEM_TIME AS OF PROCTIME() AS b ');
      const answer = await answerOf(`${TABLES_DDL}${looked} SELECT ${select} FROM ${ours}`, inputs, random, REGISTRY);
      expect(answer).toEqual(await oracle.answer(`SELECT ${select} FROM ${from}`));
    });
  }

  it.each([
    [
      'groups',
      'x.k, x.n, b.s',
      '(SELECT k, COUNT(*) AS n, MAX(v) AS v FROM a GROUP BY k) AS x LEFT JOIN b ON x.k = b.k AND x.n < b.id',
    ],
    [
      'groups of what was looked up',
      'x.s, x.n, b.id',
      '(SELECT b.s, COUNT(*) AS n FROM a JOIN b ON a.k = b.k GROUP BY b.s) AS x JOIN b ON x.s = b.s',
    ],
    ['what has no key', 'x.k, b.id', '(SELECT a.k FROM a LEFT JOIN a AS c ON a.v = c.v + 1) AS x JOIN b ON x.k = b.k'],
  ])('rows that are replaced by and by: %s', async (_, select, from) => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 40);
    const looked = `CREATE TABLE looked (${COLUMNS}) ${jdbcOptions(oracle.url, 'b')};`;
    const ours = from.replaceAll('JOIN b ', 'JOIN looked FOR SYSTEM_TIME AS OF PROCTIME() AS b ');
    const answer = await answerOf(`${TABLES_DDL}${looked} SELECT ${select} FROM ${ours}`, inputs, random, REGISTRY);
    expect(answer).toEqual(await oracle.answer(`SELECT ${select} FROM ${from}`));
  });

  it('rows that are looked up keep their event time: windows over them close', async () => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 60);
    const text = `${TABLES_DDL} CREATE TABLE looked (${COLUMNS}) ${jdbcOptions(oracle.url, 'b')};
      SELECT b.s, COUNT(*), SUM(a.v) FROM a JOIN looked FOR SYSTEM_TIME AS OF PROCTIME() AS b ON a.k = b.k
      GROUP BY b.s, TUMBLE(a.t, INTERVAL '1' MINUTE)`;
    expect(await answerOf(text, inputs, random, REGISTRY)).toEqual(
      await oracle.answer(
        `SELECT b.s, COUNT(*), SUM(a.v) FROM a JOIN b ON a.k = b.k GROUP BY b.s, date_bin('1 minute', a.t, '2026-01-01')`,
      ),
    );
  });

  it('columns computed from a row that was not found are NULL', async () => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 40);
    const text = `${TABLES_DDL} CREATE TABLE looked (v BIGINT, s STRING, known AS COALESCE(s, '-')) ${jdbcOptions(oracle.url, 'b')};
      SELECT a.id, b.known FROM a LEFT JOIN looked FOR SYSTEM_TIME AS OF PROCTIME() AS b ON a.v = b.v`;
    expect(await answerOf(text, inputs, random, REGISTRY)).toEqual(
      await oracle.answer(
        `SELECT a.id, CASE WHEN b.v IS NOT NULL THEN COALESCE(b.s, '-') END FROM a LEFT JOIN b ON a.v = b.v`,
      ),
    );
  });
});

describe('a table of the database is read like any other', () => {
  it.each([
    'SELECT id, k, v, d, s FROM a',
    'SELECT k, COUNT(*), SUM(v), MAX(d) FROM a GROUP BY k',
    'SELECT a.id, b.id FROM a JOIN b ON a.v = b.v AND a.s = b.s',
    'SELECT id FROM a WHERE v NOT IN (SELECT v FROM b WHERE v IS NOT NULL)',
  ])('%s', async (query) => {
    await fillTables(oracle, new SeededRandom(seed), 50);
    const tables = ['a', 'b'].map((name) => `CREATE TABLE ${name} (${COLUMNS}) ${jdbcOptions(oracle.url, name)};`);
    const jdbc = REGISTRY.get('jdbc');
    if (jdbc === undefined) throw new Error('there is jdbc');
    const answer = await previewAnswerOf(`${tables.join(' ')} ${query}`, [jdbc]);
    const inOneForm = (row: string) => row.replaceAll(' | ', ' ').replaceAll('NULL', 'null');
    expect(answer).toEqual((await oracle.answer(query)).map(inOneForm).sort());
  });
});
