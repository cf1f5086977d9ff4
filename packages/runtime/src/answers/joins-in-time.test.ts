import type { Value } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { startPostgres, type TestPostgres } from '@millrace/testing';
import { ListTable } from '@millrace/testing/list-source';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewAnswerOf, textOf } from '../testing/preview-answer.ts';

const TABLES = `
  CREATE TABLE l (k INT, v INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' HOUR) WITH ('connector' = 'list', 'name' = 'l');
  CREATE TABLE r (k INT NOT NULL, w INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' HOUR,
    PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'list', 'name' = 'r');`;
const FIELDS = { l: ['k', 'v', 'at'], r: ['k', 'w', 'at'] } as const;
const TEN = "INTERVAL '10' SECOND";

/** A query of ours, and one of the same meaning for PostgreSQL. */
const QUERIES: readonly (readonly [ours: string, postgres: string])[] = [
  ...['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'].map((join): readonly [string, string] => {
    const text = `SELECT v, w FROM l ${join} r ON l.k = r.k AND r.at BETWEEN l.at - ${TEN} AND l.at + INTERVAL '3' SECOND`;
    return [text, text];
  }),
  [
    `SELECT v, w FROM l, r WHERE l.k = r.k AND l.at > r.at AND l.at <= r.at + ${TEN} AND v <> w`,
    `SELECT v, w FROM l, r WHERE l.k = r.k AND l.at > r.at AND l.at <= r.at + ${TEN} AND v <> w`,
  ],
  ...['JOIN', 'LEFT JOIN', 'FULL JOIN'].map((join): readonly [string, string] => {
    const perWindow = (table: string, count: string) =>
      `(SELECT k, window_start, window_end, COUNT(*) AS ${count} FROM TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(at), ${TEN}))
        GROUP BY k, window_start, window_end) AS ${table}`;
    const perBin = (table: string, count: string) =>
      `(SELECT k, date_bin(${TEN}, at, TIMESTAMP '2000-01-01') AS bin, COUNT(*) AS ${count} FROM ${table} GROUP BY 1, 2) AS ${table}`;
    return [
      `SELECT n, m FROM ${perWindow('l', 'n')} ${join} ${perWindow('r', 'm')}
       ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end`,
      `SELECT n, m FROM ${perBin('l', 'n')} ${join} ${perBin('r', 'm')} ON l.k = r.k AND l.bin = r.bin`,
    ];
  }),
  ...['JOIN', 'LEFT JOIN', 'FULL JOIN'].map((join): readonly [string, string] => [
    `SELECT v, w FROM TABLE(TUMBLE(TABLE l, DESCRIPTOR(at), ${TEN})) AS a ${join} TABLE(TUMBLE(TABLE r, DESCRIPTOR(at), ${TEN})) AS b
     ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end`,
    `SELECT v, w FROM l ${join} r ON l.k = r.k
     AND date_bin(${TEN}, l.at, TIMESTAMP '2000-01-01') = date_bin(${TEN}, r.at, TIMESTAMP '2000-01-01')`,
  ]),
  [
    `SELECT v, TIMESTAMPDIFF(SECOND, window_start, window_end), TIMESTAMPDIFF(SECOND, window_start, at)
     FROM SESSION(TABLE l PARTITION BY k, DESCRIPTOR(at), ${TEN})`,
    `SELECT v, EXTRACT(EPOCH FROM MAX(at) OVER s - MIN(at) OVER s)::INT + 10, EXTRACT(EPOCH FROM at - MIN(at) OVER s)::INT
     FROM (SELECT *, SUM(CASE WHEN at - before <= ${TEN} THEN 0 ELSE 1 END) OVER (PARTITION BY k ORDER BY at RANGE UNBOUNDED PRECEDING) AS session
       FROM (SELECT *, LAG(at) OVER (PARTITION BY k ORDER BY at) AS before FROM l) AS x) AS y
     WINDOW s AS (PARTITION BY k, session)`,
  ],
  ...['RANK()', 'DENSE_RANK()', 'RANK() OVER w - DENSE_RANK()'].map((rank): readonly [string, string] => {
    const text = `SELECT v, ${rank} OVER w AS place FROM l WINDOW w AS (PARTITION BY k ORDER BY at)`;
    return [text, text];
  }),
  ...(['JOIN', 'LEFT JOIN'] as const).map((join): readonly [string, string] => [
    `SELECT v, w FROM l ${join} r FOR SYSTEM_TIME AS OF l.at ON l.k = r.k`,
    `SELECT v, w FROM l ${join} LATERAL (SELECT w FROM r WHERE r.k = l.k AND r.at <= l.at ORDER BY r.at DESC LIMIT 1) AS x ON TRUE`,
  ]),
];

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const START = Date.UTC(2026, 0, 1);
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

type Row = readonly [key: number | null, value: number, at: number];

/** Rows within a minute, no two versions of a key at one time, in any order (less late than the watermark allows). */
function randomRows(random: SeededRandom, hasNullKeys: boolean): readonly Row[] {
  const taken = new Set<string>();
  return Array.from({ length: 20 }, (_, value): Row => {
    const key = hasNullKeys && random.next() < 0.1 ? null : random.integer(4);
    let at = START + random.integer(60) * 1_000;
    while (taken.has(`${key} ${at}`)) at += 100;
    taken.add(`${key} ${at}`);
    return [key, value, at];
  });
}

function listConnector(tables: Readonly<Record<string, readonly Row[]>>): Connector {
  return {
    name: 'list',
    title: 'List',
    createSource: (options, schema: Schema) => {
      const name = options.name === 'r' ? 'r' : 'l';
      const places = schema.fields.map((field) => FIELDS[name].findIndex((each) => each === field.name));
      const rows = (tables[name] ?? []).map((row) => places.map((place): Value => row[place] ?? null));
      const table = new ListTable();
      table.append('0', rows.slice(0, 9));
      table.append('1', rows.slice(9));
      return table.source(schema);
    },
  };
}

function asCte(name: 'l' | 'r', rows: readonly Row[]): string {
  const values = rows.map(
    ([key, value, at]) =>
      `(CAST(${key ?? 'NULL'} AS INT), ${value}, TIMESTAMP '${new Date(at).toISOString().slice(0, -1)}')`,
  );
  return `${name} (${FIELDS[name].join(', ')}) AS (VALUES ${values.join(', ')})`;
}

describe(`a join over event time answers what PostgreSQL answers over all rows (seed ${seed})`, () => {
  it.each(QUERIES)(
    '%s',
    async (ours, postgres) => {
      const random = new SeededRandom(seed);
      for (let round = 0; round < 3; round++) {
        const tables = { l: randomRows(random, true), r: randomRows(random, false) };
        const text = `WITH ${asCte('l', tables.l)}, ${asCte('r', tables.r)} ${postgres}`;
        const { rows } = await client.query({ text, rowMode: 'array' });
        expect(await previewAnswerOf(`${TABLES} ${ours}`, [listConnector(tables)]), text).toEqual(
          rows.map(textOf).sort(),
        );
      }
    },
    30_000,
  );

  it('a pattern is found in each partition, in order of time whatever the order of arrival', async () => {
    const at = (second: number) => START + second * 1_000;
    const l: readonly Row[] = [
      [1, 10, at(0)], [1, 7, at(2)], [1, 9, at(1)], [1, 12, at(3)],
      [2, 5, at(0)], [2, 6, at(1)], [2, 1, at(2)], [2, 8, at(4)],
    ]; // biome-ignore format: two series
    const pattern = `SELECT k, top, low, back, days FROM l MATCH_RECOGNIZE (
      PARTITION BY k ORDER BY at
      MEASURES S.v AS top, LAST(DOWN.v) AS low, UP.v AS back, COUNT(DOWN.v) AS days
      PATTERN (S DOWN+ UP)
      DEFINE DOWN AS DOWN.v < LAST(DOWN.v, 1) OR (LAST(DOWN.v, 1) IS NULL AND DOWN.v < S.v), UP AS UP.v > S.v)`;
    expect(await previewAnswerOf(`${TABLES} ${pattern}`, [listConnector({ l })])).toEqual(['1 10 7 12 2', '2 6 1 8 1']);
  });
});
