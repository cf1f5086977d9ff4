import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { answerOf } from '../testing/run-query.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const DDL = "CREATE TABLE raw (k BIGINT, a STRING, b STRING) WITH ('connector' = 'given');";

/** Queries over t (k, a, b), a and b of microseconds; SHOW(x) is the text of a time in either dialect, OTHERWISE what PostgreSQL calls it. */
const QUERIES: readonly (readonly [ours: string, postgres?: string])[] = [
  ['SELECT k, SHOW(a), SHOW(b) FROM t WHERE a < b'],
  ['SELECT SHOW(a) FROM t WHERE a = b OR a IS DISTINCT FROM b AND k > 2'],
  ["SELECT SHOW(a + INTERVAL '1' DAY), SHOW(a - INTERVAL '1.5' SECOND), SHOW(b + INTERVAL '13' MONTH) FROM t"],
  ["SELECT SHOW(TIMESTAMPADD(HOUR, CAST(k AS INT), a)) FROM t", "SELECT SHOW(a + k * interval '1 hour') FROM t"],
  [
    'SELECT SHOW(FLOOR(a TO SECOND)), SHOW(FLOOR(a TO DAY)), SHOW(FLOOR(b TO MONTH)), SHOW(FLOOR(b TO MILLISECOND)) FROM t',
    "SELECT SHOW(date_trunc('second', a)), SHOW(date_trunc('day', a)), SHOW(date_trunc('month', b)), SHOW(date_trunc('milliseconds', b)) FROM t",
  ],
  [
    'SELECT SHOW(CEIL(a TO SECOND)), SHOW(CEIL(a TO DAY)), SHOW(CEIL(FLOOR(b TO MONTH) TO MONTH)) FROM t',
    "SELECT SHOW(date_trunc('second', a + interval '999999 microseconds')), SHOW(date_trunc('day', a + interval '1 day' - interval '1 microsecond')), SHOW(date_trunc('month', b)) FROM t",
  ],
  ['SELECT k, SHOW(MIN(a)), SHOW(MAX(b)), COUNT(DISTINCT a) FROM t GROUP BY k'],
  ['SELECT SHOW(a), COUNT(*) FROM t GROUP BY a HAVING COUNT(*) > 1'],
  ['SELECT l.k, r.k, SHOW(l.a) FROM t AS l JOIN t AS r ON l.a = r.b'],
  ['SELECT k, SHOW(a) FROM t WHERE a IN (SELECT b FROM t)'],
  ['SELECT SHOW(a) FROM t UNION SELECT SHOW(b) FROM t'],
  ['SELECT SHOW(x) FROM (SELECT a AS x FROM t EXCEPT SELECT b FROM t) AS e'],
  ['SELECT SHOW(x) FROM (SELECT a AS x FROM t INTERSECT SELECT b FROM t) AS e'],
  ['SELECT k, SHOW(a) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY a DESC NULLS LAST, b) AS place FROM t) AS r WHERE place <= 2'],
  ["SELECT SHOW(a) FROM t WHERE a >= TIMESTAMP '2026-01-01 00:00:00.000003' AND a < TIMESTAMP '2026-01-01 00:00:00.5'"],
  ["SELECT SHOW(a) FROM t WHERE a IN (TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-01 00:00:00.000001', TIMESTAMP '2026-01-01 00:00:00.001')"],
  ["SELECT SHOW(a) FROM t WHERE a BETWEEN '1969-12-31 23:59:59.999998' AND '1970-01-01 00:00:00.000001'"],
  ["SELECT SHOW(a) FROM t WHERE a > DATE '2000-01-01' AND CAST(b AS DATE) = CAST(a AS DATE)"],
  ['SELECT SHOW(CASE WHEN k > 2 THEN a ELSE b END), SHOW(COALESCE(a, b)), SHOW(NULLIF(a, b)) FROM t'],
  ['SELECT SHOW(GREATEST(a, b)), SHOW(LEAST(b, a)) FROM t WHERE a IS NOT NULL AND b IS NOT NULL'],
  ['SELECT k FROM t WHERE CAST(FLOOR(b TO SECOND) AS TIMESTAMP(0)) < a', "SELECT k FROM t WHERE date_trunc('second', b) < a"],
  [
    'SELECT EXTRACT(MICROSECOND FROM a), EXTRACT(MILLISECOND FROM a), EXTRACT(SECOND FROM a), EXTRACT(EPOCH FROM b) FROM t',
    'SELECT extract(microseconds FROM a)::bigint % 1000000, floor(extract(milliseconds FROM a))::bigint % 1000, floor(extract(second FROM a))::bigint, floor(extract(epoch FROM b))::bigint FROM t',
  ],
  ["SELECT DATE_FORMAT(a, 'yyyy-MM-dd HH:mm:ss.SSSSSS') FROM t", "SELECT to_char(a, 'YYYY-MM-DD HH24:MI:SS.US') FROM t"],
  ["SELECT SHOW(CAST(TO_TIMESTAMP_LTZ(DATE_FORMAT(a, 'SSSSSS ss mm HH dd MM yyyy'), 'SSSSSS ss mm HH dd MM yyyy') AS TIMESTAMP(6))) FROM t", 'SELECT SHOW(a) FROM t'],
  ["SELECT SHOW(a AT TIME ZONE 'Asia/Kolkata' AT TIME ZONE 'America/New_York') FROM t WHERE a >= TIMESTAMP '1970-01-02 00:00:00' AND a < TIMESTAMP '2030-01-01 00:00:00'"],
  ['SELECT SHOW(CAST(CAST(a AS TIMESTAMP(9)) AS TIMESTAMP(6))) FROM t', 'SELECT SHOW(a) FROM t'],
  ["SELECT SHOW(CAST(a AS TIMESTAMP(4))) FROM t", "SELECT SHOW(date_trunc('second', a) + floor(extract(microseconds FROM a)::bigint % 1000000 / 100) * interval '100 microseconds') FROM t"],
]; // biome-ignore format: a table

function inDialect(query: string, dialect: 'ours' | 'postgres'): string {
  const shown = (x: string) =>
    dialect === 'ours' ? `CAST(CAST(${x} AS TIMESTAMP(6)) AS STRING)` : `to_char(${x}, 'YYYY-MM-DD HH24:MI:SS.US')`;
  const at = query.indexOf('SHOW(');
  if (at < 0) return query;
  let depth = 1;
  let end = at + 5;
  for (; depth > 0; end++) depth += query[end] === '(' ? 1 : query[end] === ')' ? -1 : 0;
  return inDialect(query.slice(0, at) + shown(query.slice(at + 5, end - 1)) + query.slice(end), dialect);
}

function rowsOf(random: SeededRandom) {
  const micros = () => String(random.integer(1_000_000)).padStart(6, '0');
  const near = [
    '1970-01-01 00:00:00.000000',
    '1969-12-31 23:59:59.999999',
    '2026-01-01 00:00:00.000001',
    '2026-01-01 00:00:00.000003',
  ];
  const time = (): string | null => {
    if (random.integer(8) === 0) return null;
    if (random.integer(3) === 0) return random.pick(near);
    const year = String(random.pick([1, 1582, 1900, 1969, 1970, 2026, 2255, 2256, 9998])).padStart(4, '0');
    const two = (n: number) => String(n).padStart(2, '0');
    const clock = [random.integer(24), random.integer(60), random.integer(60)].map(two).join(':');
    return `${year}-${two(1 + random.integer(12))}-${two(1 + random.integer(28))} ${clock}.${micros()}`;
  };
  return Array.from({ length: 50 }, (_, at) => [BigInt(at % 5), time(), time()] as const);
}

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
}, 60_000);
afterAll(() => oracle.stop());

describe(`TIMESTAMP(6) is to the microsecond what PostgreSQL says (seed ${seed})`, () => {
  it.each(QUERIES)('%s', async (ours, otherwise) => {
    const random = new SeededRandom(seed);
    const rows = rowsOf(random);
    const columns = [
      { name: 'k', type: 'BIGINT' },
      { name: 'a', type: 'timestamp' },
      { name: 'b', type: 'timestamp' },
    ];
    await oracle.fill(
      'raw',
      columns.map(({ name, type }) => ({ name, type: type === 'BIGINT' ? type : 'STRING' })),
      rows,
    );
    const view = 'SELECT k, CAST(a AS TIMESTAMP) AS a, CAST(b AS TIMESTAMP) AS b FROM raw';
    const inputs = [{ table: 'raw', columns: ['k', 'a', 'b'], rows }];
    const answer = await answerOf(
      `${DDL} CREATE VIEW t AS ${view}; ${inDialect(String(ours), 'ours')};`,
      inputs,
      random,
    );
    expect(answer).toEqual(
      await oracle.answer(`WITH t AS (${view}) ${inDialect(otherwise ?? String(ours), 'postgres')}`),
    );
  });
});

it.each([
  ['UTC', '2026-07-01 12:00:00.123456'],
  ['Europe/Berlin', '2026-07-01 14:00:00.123456'],
  ['Asia/Kolkata', '2026-07-01 17:30:00.123456'],
])('a TIMESTAMP_LTZ(6) is shown, cut and compared as the clock of %s', async (zone, shown) => {
  const script = `SET 'table.local-time-zone' = '${zone}'; ${DDL}
    CREATE VIEW v AS SELECT TO_TIMESTAMP_LTZ(k, 6) AS at FROM raw;
    SELECT CAST(at AS STRING), CAST(CAST(at AS TIMESTAMP(3)) AS STRING), DATE_FORMAT(at, 'HH:mm:ss.SSSSSS'), CAST(FLOOR(at TO HOUR) AS STRING),
      at = '${shown}', at = CAST('${shown}' AS TIMESTAMP(9)), CAST(CAST('${shown}' AS TIMESTAMP_LTZ(6)) AS STRING), EXTRACT(EPOCH FROM at) FROM v;`;
  const inputs = [{ table: 'raw', columns: ['k', 'a', 'b'], rows: [[1_782_907_200_123_456n, null, null]] }];
  const [row] = await answerOf(script, inputs, new SeededRandom(seed));
  const clock = shown.slice(11);
  const hour = `${shown.slice(0, 13)}:00:00.000000`;
  expect(row).toBe([shown, shown.slice(0, -3), clock, hour, 'true', 'true', shown, '1782907200'].join(' | '));
});
