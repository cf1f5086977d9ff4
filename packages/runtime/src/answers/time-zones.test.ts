import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { previewAnswerOf } from '../testing/preview-answer.ts';
import { answerOf } from '../testing/run-query.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];
const TABLE =
  "CREATE TABLE z (id BIGINT, at TIMESTAMP_LTZ(3), ts TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '30' DAY) WITH ('connector' = 'given');";

/** Ours, and one of the same meaning for PostgreSQL, in which ZONE is the zone. */
const CASES: readonly (readonly [name: string, ours: string, postgres: string])[] = [
  ['as local time', 'SELECT id, CAST(at AS TIMESTAMP(3)) FROM z', "SELECT id, at AT TIME ZONE 'ZONE' FROM z"],
  ['as a day', 'SELECT id, CAST(CAST(at AS DATE) AS STRING) FROM z', "SELECT id, (at AT TIME ZONE 'ZONE')::date::text FROM z"],
  ['as text', "SELECT id, DATE_FORMAT(at, 'yyyy-MM-dd HH:mm') FROM z", "SELECT id, to_char(at AT TIME ZONE 'ZONE', 'YYYY-MM-DD HH24:MI') FROM z"],
  ['its hour', 'SELECT id, HOUR(at), DAYOFMONTH(at) FROM z', "SELECT id, extract(hour FROM at AT TIME ZONE 'ZONE')::int, extract(day FROM at AT TIME ZONE 'ZONE')::int FROM z"],
  ['compared with a constant', "SELECT id FROM z WHERE at >= '2026-03-29 00:00:00' AND at < TIMESTAMP '2026-10-25 12:00:00'", "SELECT id FROM z WHERE at >= '2026-03-29 00:00:00'::timestamp AT TIME ZONE 'ZONE' AND at < '2026-10-25 12:00:00'::timestamp AT TIME ZONE 'ZONE'"],
  ['the start of its day', 'SELECT id, CAST(FLOOR(at TO DAY) AS TIMESTAMP(3)) FROM z', "SELECT id, date_trunc('day', at AT TIME ZONE 'ZONE') FROM z"],
  ['the day after', 'SELECT id, CEIL(ts TO DAY), CEIL(ts TO MONTH) FROM z', "SELECT id, date_trunc('day', ts + interval '1 day' - interval '1 ms'), date_trunc('month', ts - interval '1 ms' + interval '1 month') FROM z"],
  ['seconds since 1970', 'SELECT id, EXTRACT(EPOCH FROM at), FROM_UNIXTIME(id * 86400) FROM z', "SELECT id, floor(extract(epoch FROM at))::bigint, to_char(to_timestamp(id * 86400) AT TIME ZONE 'ZONE', 'YYYY-MM-DD HH24:MI:SS') FROM z"],
  ['whole months and years', "SELECT id, TIMESTAMPDIFF(MONTH, TIMESTAMP '2020-02-29 01:02:03', ts), TIMESTAMPDIFF(YEAR, TIMESTAMP '2020-02-28 00:00:00', ts) FROM z", "SELECT id, (extract(year FROM age(ts, '2020-02-29 01:02:03')) * 12 + extract(month FROM age(ts, '2020-02-29 01:02:03')))::int, extract(year FROM age(ts, '2020-02-28'))::int FROM z"],
  ['rows per day', 'SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE z, DESCRIPTOR(at), INTERVAL \'1\' DAY)) GROUP BY window_start, window_end', "SELECT date_trunc('day', at AT TIME ZONE 'ZONE'), count(*) FROM z GROUP BY 1"],
  ['rows per day, the older form', "SELECT TUMBLE_START(at, INTERVAL '1' DAY), COUNT(*) FROM z GROUP BY TUMBLE(at, INTERVAL '1' DAY)", "SELECT date_trunc('day', at AT TIME ZONE 'ZONE'), count(*) FROM z GROUP BY 1"],
  ['the last of each day', "SELECT window_start, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY id DESC) AS place FROM TABLE(TUMBLE(TABLE z, DESCRIPTOR(at), INTERVAL '1' DAY))) WHERE place = 1", "SELECT date_trunc('day', at AT TIME ZONE 'ZONE'), max(id) FROM z GROUP BY 1"],
  ['pairs of an hour', "SELECT l.id, r.id FROM TABLE(TUMBLE(TABLE z, DESCRIPTOR(at), INTERVAL '1' HOUR)) AS l JOIN TABLE(TUMBLE(TABLE z, DESCRIPTOR(at), INTERVAL '1' HOUR)) AS r ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id", "SELECT l.id, r.id FROM z AS l JOIN z AS r ON date_trunc('hour', l.at AT TIME ZONE 'ZONE') = date_trunc('hour', r.at AT TIME ZONE 'ZONE') AND l.id < r.id"],
  ['sessions by what they hold', "SELECT MOD(id, 3), COUNT(*) FROM TABLE(SESSION(TABLE z, DESCRIPTOR(at), INTERVAL '3' HOUR)) GROUP BY window_start, window_end, MOD(id, 3)", "SELECT mod(id, 3), count(*) FROM (SELECT id, sum(CASE WHEN at - before <= interval '3 hours' THEN 0 ELSE 1 END) OVER (ORDER BY at RANGE UNBOUNDED PRECEDING) AS n FROM (SELECT id, at, lag(at) OVER (ORDER BY at) AS before FROM z) AS x) AS y GROUP BY n, 1"],
]; // biome-ignore format: a table

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.start();
}, 60_000);
afterAll(() => oracle.stop());

describe(`TIMESTAMP_LTZ in the time zone of the session is what PostgreSQL says (seed ${seed})`, () => {
  for (const zone of ZONES) {
    it.each(CASES)(`${zone}: %s`, async (_, ours, postgres) => {
      const random = new SeededRandom(seed);
      // Around the nights on which clocks are changed, and anywhere in the year.
      const nights = [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25), Date.UTC(2026, 2, 8), Date.UTC(2026, 3, 4)];
      const rows = Array.from({ length: 60 }, (__, id) => {
        const night = random.pick(nights) + random.integer(86_400) * 1_000;
        const at = id % 3 === 0 ? Date.UTC(2026, 0, 1) + random.integer(365 * 86_400) * 1_000 : night;
        return [BigInt(id), at, at] as const;
      }).sort((a, b) => a[1] - b[1]);
      const columns = [
        { name: 'id', type: 'BIGINT' },
        { name: 'at', type: 'timestamptz' },
        { name: 'ts', type: 'TIMESTAMP(3)' },
      ];
      await oracle.fill('z', columns, rows);
      const inputs = [{ table: 'z', columns: ['id', 'at', 'ts'], rows }];
      const answer = await answerOf(`SET 'table.local-time-zone' = '${zone}'; ${TABLE} ${ours}`, inputs, random);
      expect(answer).toEqual(await oracle.answer(postgres.replaceAll("'ZONE'", `'${zone}'`)));
    });
  }
});

it('the preview shows an instant as the clock of the session does', async () => {
  const text =
    "SET 'table.local-time-zone' = 'Asia/Shanghai'; SELECT TO_TIMESTAMP_LTZ(0, 3), TIMESTAMP '1970-01-01 00:00:00'";
  expect(await previewAnswerOf(text)).toEqual(['1970-01-01 08:00:00.000 1970-01-01 00:00:00']);
});
