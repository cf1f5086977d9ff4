import type { Value } from '@millrace/batch';
import type { Connector } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { ListTable } from '@millrace/testing/list-source';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const TABLE = `
  CREATE TABLE l (k INT, s STRING, v INT, at TIMESTAMP(3), seen AS PROCTIME(), WATERMARK FOR at AS at) WITH ('connector' = 'list');
  CREATE VIEW positive AS SELECT k, s, v, at, seen AS noticed FROM l WHERE v > 0;`;
const FIELDS = ['k', 's', 'v', 'at'];

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const START = Date.UTC(2026, 0, 1);

/** Rows in the order of their time, no two at one. */
function randomRows(random: SeededRandom): readonly (readonly Value[])[] {
  return Array.from({ length: 200 }, (_, at) => [
    random.next() < 0.1 ? null : random.integer(3),
    random.pick(['x', 'y', null]),
    random.integer(9),
    START + at * 1_000,
  ]);
}

/** All rows come from one split, so they come in their order. */
function listConnector(rows: readonly (readonly Value[])[]): Connector {
  return {
    name: 'list',
    title: 'List',
    createSource: (_options, schema: Schema) => {
      const places = schema.fields.map((field) => FIELDS.indexOf(field.name));
      const table = new ListTable();
      table.append(
        '0',
        rows.map((row) => places.map((place) => row[place] ?? null)),
      );
      return table.source(schema);
    },
  };
}

/** Of ORDER BY on, before and behind the time. */
const PATTERNS: readonly (readonly [from: string, partition: string, rest: string])[] = [
  [
    'l',
    'PARTITION BY k',
    'MEASURES S.v AS top, LAST(DOWN.v) AS low, UP.v AS back PATTERN (S DOWN+ UP) DEFINE DOWN AS DOWN.v < LAST(v, 1), UP AS UP.v > S.v',
  ],
  ['l', '', 'MEASURES COUNT(*) AS n, SUM(A.v) AS total PATTERN (A+ B*) DEFINE A AS v > 2, B AS v <= 2'],
  [
    'positive',
    'PARTITION BY k, s',
    'MEASURES A.v AS a, MAX(B.v) AS b AFTER MATCH SKIP TO NEXT ROW PATTERN (A B{1,3}? C) DEFINE B AS B.v > A.v, C AS C.v < A.v',
  ],
];

describe(`a pattern by processing time answers what one by event time answers when rows come in order (seed ${seed})`, () => {
  it.each(PATTERNS)('FROM %s %s %s', async (from, partition, rest) => {
    const connector = listConnector(randomRows(new SeededRandom(seed)));
    const answer = (order: string) =>
      previewAnswerOf(`${TABLE} SELECT * FROM ${from} MATCH_RECOGNIZE (${partition} ORDER BY ${order} ${rest})`, [
        connector,
      ]);
    const expected = await answer('at');
    expect(await answer(from === 'l' ? 'seen' : 'noticed')).toEqual(expected);
    expect(await answer('PROCTIME()')).toEqual(expected);
    // Rows of one millisecond are put in the order of the column, which is how they came.
    expect(await answer(`${from === 'l' ? 'seen' : 'noticed'}, at`)).toEqual(expected);
  });
});

describe('the result of a pattern', () => {
  const pattern = (partition: string, measures: string) =>
    `MATCH_RECOGNIZE (PARTITION BY ${partition} ORDER BY seen MEASURES ${measures} PATTERN (A B) DEFINE B AS B.v > A.v)`;

  it('MATCH_PROCTIME() is a processing time: windows and OVER go by it', async () => {
    const connector = listConnector(randomRows(new SeededRandom(seed)));
    const matches = `(SELECT * FROM l ${pattern('k', 'A.v AS a, MATCH_PROCTIME() AS told')})`;
    const [counted] = await previewAnswerOf(`${TABLE} SELECT COUNT(*) FROM ${matches}`, [connector]);
    expect(Number(counted)).toBeGreaterThan(0);
    const perWindow = `SELECT COUNT(*) AS n FROM ${matches} GROUP BY TUMBLE(told, INTERVAL '1' DAY)`;
    const windows = await previewAnswerOf(`${TABLE} ${perWindow}`, [connector]);
    expect(windows.reduce((sum, count) => sum + Number(count), 0)).toBe(Number(counted));
    const over = `SELECT COUNT(*) OVER (ORDER BY told ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM ${matches}`;
    const running = await previewAnswerOf(`${TABLE} SELECT MAX(n) FROM (${over})`, [connector]);
    expect(running).toEqual([counted]);
    const again = `SELECT n FROM ${matches} MATCH_RECOGNIZE (ORDER BY told MEASURES COUNT(*) AS n PATTERN (M+) DEFINE M AS TRUE)`;
    expect(await previewAnswerOf(`${TABLE} ${again}`, [connector])).toEqual([counted]);
  });

  it.each([
    ['CAST(ROW(k, s) AS ROW<a INT, b STRING>)', 'r.a AS k, r.b AS s'],
    ['ARRAY[CAST(k AS STRING), s]', 'CAST(r[1] AS INT) AS k, r[2] AS s'],
    ["MAP['k', CAST(k AS STRING), 's', s]", "CAST(r['k'] AS INT) AS k, r['s'] AS s"],
  ])('partitioned by %s is partitioned by what is in it, and gives it back', async (value, parts) => {
    const connector = listConnector(randomRows(new SeededRandom(seed)));
    const expected = await previewAnswerOf(`${TABLE} SELECT k, s, a FROM l ${pattern('k, s', 'A.v AS a')}`, [
      connector,
    ]);
    expect(expected.length).toBeGreaterThan(0);
    const keyed = `(SELECT ${value} AS r, v, seen FROM l)`;
    const query = `SELECT k, s, a FROM (SELECT ${parts}, a FROM ${keyed} ${pattern('r', 'A.v AS a')})`;
    expect(await previewAnswerOf(`${TABLE} ${query}`, [connector])).toEqual(expected);
  });

  it('an aggregate over all rows of a match that has all rows of a partition is what GROUP BY gives', async () => {
    const connector = listConnector(randomRows(new SeededRandom(seed)));
    const functions = `CREATE AGGREGATE FUNCTION product(v INT) RETURNS DOUBLE LANGUAGE JAVASCRIPT AS $$
      export function createAccumulator() { return { product: 1 }; }
      export function accumulate(held, v) { held.product *= (v ?? 0) + 1; }
      export function getValue({ product }) { return Math.log(product); }
    $$;`;
    const calls = (of: string) => [
      ...[
        `COUNT(*)`,
        `COUNT(${of}s)`,
        `COUNT(DISTINCT ${of}v)`,
        `COUNT(${of}v, ${of}s)`,
        `MIN(${of}s)`,
        `MAX(${of}at)`,
      ],
      ...[`SUM(${of}v) FILTER (WHERE ${of}v > 3)`, `SUM(DISTINCT ${of}v)`, `AVG(CAST(${of}v AS DECIMAL(10, 2)))`],
      ...[
        `ROUND(STDDEV_POP(${of}v), 9)`,
        `ROUND(VAR_SAMP(${of}v + 1), 9)`,
        `PERCENTILE(${of}v, 0.5)`,
        `APPROX_COUNT_DISTINCT(${of}v)`,
      ],
      ...[`LISTAGG(${of}s, '-')`, `LISTAGG(DISTINCT ${of}s)`, `ARRAY_AGG(${of}v)`, `JSON_ARRAYAGG(${of}v)`],
      ...[`FIRST_VALUE(${of}v)`, `LAST_VALUE(${of}s)`, `product(${of}v)`, `SUM(${of}v * 2) + MAX(${of}v)`],
    ];
    const named = (list: readonly string[]) => list.map((call, at) => `${call} AS c${at}`).join(', ');
    const columns = ['k', ...calls('').map((_, at) => `c${at}`)].join(', ');
    const pattern = `PARTITION BY k ORDER BY seen MEASURES ${named(calls('A.'))} PATTERN (A+) DEFINE A AS TRUE`;
    const matched = `${functions} ${TABLE} SELECT ${columns} FROM l MATCH_RECOGNIZE (${pattern})`;
    const grouped = `${functions} ${TABLE} SELECT k, ${named(calls(''))} FROM l GROUP BY k`;
    expect(await previewAnswerOf(matched, [connector])).toEqual(await previewAnswerOf(grouped, [connector]));
  }, 120_000);

  it('an aggregate over no row is NULL, or 0 where it counts; FIRST and LAST take what is computed from a row', async () => {
    const connector = listConnector([4, 2, 9].map((v, at) => [1, 'x', v, START + at]));
    const measures = [
      ...['COUNT(B.v)', 'SUM(B.v)', 'ARRAY_AGG(B.v)', 'LISTAGG(B.s)', 'APPROX_COUNT_DISTINCT(B.v)', 'LAST(B.v + 1)'],
      ...['LAST(A.v * 2 + 1)', 'LAST(A.v * 2 + 1, 1)', 'FIRST(A.v * A.k, 2)', 'LAST(A.v, 3)'],
    ];
    const named = measures.map((call, at) => `${call} AS c${at}`).join(', ');
    const query = `SELECT * FROM l MATCH_RECOGNIZE (ORDER BY seen MEASURES ${named} PATTERN (A+ B?) DEFINE A AS TRUE)`;
    expect(await previewAnswerOf(`${TABLE} ${query}`, [connector])).toEqual(['0 null null null 0 null 19 5 9 null']);
  });
});
