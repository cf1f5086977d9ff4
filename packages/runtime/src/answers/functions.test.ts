import { SeededRandom } from '@millrace/testing/seeded-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../testing/oracle.ts';
import { previewAnswerOf } from '../testing/preview-answer.ts';
import { answerOf } from '../testing/run-query.ts';
import { fillTables, TABLES_DDL } from '../testing/tables.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`functions seed ${seed}`);

const JSON_TEXT = `'{"a": {"b": [1, 2]}, "n": 1.50, "z": null}'`;

/** Expressions over one row, and what Flink 2.1 documents for them. `j` is a JSON text, `ts` 2026-11-24 12:34:56.789, `nothing` NULL. */
const CASES: readonly (readonly [expression: string, answer: string])[] = [
  [`JSON_VALUE(j, '$.n')`, '1.50'],
  [`JSON_VALUE(j, 'lax $.x' DEFAULT 'none' ON EMPTY)`, 'none'],
  [`JSON_VALUE(j, '$.x' DEFAULT 'none' ON EMPTY)`, 'NULL'],
  [`JSON_VALUE(j, 'lax $.a' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)`, 'none'],
  [`JSON_VALUE(j, '$.a' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)`, 'bad'],
  [`JSON_VALUE(j, 'strict $.x' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)`, 'bad'],
  [`JSON_VALUE('{"n": ', '$.n' DEFAULT 'bad' ON ERROR)`, 'bad'],
  [`JSON_VALUE(j, 'lax $.x' RETURNING INT DEFAULT 7 ON EMPTY) + 1`, '8'],
  [`JSON_VALUE(nothing, '$.x' DEFAULT 'none' ON EMPTY)`, 'NULL'],
  [`JSON_QUERY(j, '$.a.b')`, '[1,2]'],
  [`JSON_QUERY(j, '$.n')`, 'NULL'],
  [`JSON_QUERY(j, '$.n' WITH WRAPPER)`, '[1.50]'],
  [`JSON_QUERY(j, '$.a.b' WITH CONDITIONAL ARRAY WRAPPER)`, '[1,2]'],
  [`JSON_QUERY(j, '$.a.b' WITH UNCONDITIONAL WRAPPER)`, '[[1,2]]'],
  [`JSON_QUERY(j, 'lax $.x' EMPTY ARRAY ON EMPTY)`, '[]'],
  [`JSON_QUERY('x', '$.x' EMPTY OBJECT ON ERROR)`, '{}'],
  [`JSON_EXISTS(j, '$.a.b')`, 'TRUE'],
  [`JSON_EXISTS('x', '$.a' TRUE ON ERROR)`, 'TRUE'],
  [`JSON_EXISTS('x', '$.a' UNKNOWN ON ERROR)`, 'NULL'],
  [`JSON_OBJECT('a' VALUE 1, KEY 'b' VALUE nothing)`, '{"a":1,"b":null}'],
  [`JSON_OBJECT('a' VALUE 1, 'b' VALUE nothing ABSENT ON NULL)`, '{"a":1}'],
  [`JSON_OBJECT('in' VALUE JSON_ARRAY(1, nothing, 'x'))`, '{"in":[1,"x"]}'],
  [`JSON_ARRAY(1, nothing NULL ON NULL)`, '[1,null]'],
  ['JSON_OBJECT()', '{}'],
  ['j IS JSON', 'TRUE'],
  ['j IS JSON ARRAY', 'FALSE'],
  ['nothing IS NOT JSON', 'TRUE'],
  [`CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')`, '1969-12-31 16:00:00'],
  [`LOCATE('a', 'banana', 3)`, '4'],
  [`TIMESTAMPDIFF(MONTH, TIMESTAMP '2025-11-24 12:34:57', ts)`, '11'],
  [`TIMESTAMPDIFF(QUARTER, TIMESTAMP '2025-11-24 12:34:56', ts)`, '4'],
  [`TIMESTAMPDIFF(YEAR, TIMESTAMP '2020-01-01 00:00:00', ts)`, '6'],
  ['CEIL(ts TO HOUR)', '2026-11-24 13:00:00.000'],
  ['CEIL(ts TO MONTH)', '2026-12-01 00:00:00.000'],
  ['CEIL(ts TO QUARTER)', '2027-01-01 00:00:00.000'],
  ['CEIL(FLOOR(ts TO DAY) TO DAY)', '2026-11-24 00:00:00.000'],
  ['EXTRACT(ISODOW FROM ts)', '2'],
  ['EXTRACT(CENTURY FROM ts)', '21'],
  [`JSON_QUERY('{"a":[{"c":"c1"},{"c":"c2"},{}]}', 'lax $.a[*].c')`, '["c1","c2"]'],
  [`JSON_QUERY('{"a":[{"c":"c1"},{"c":2}]}', 'lax $.a[*].c' RETURNING ARRAY<STRING>)`, '[c1, 2]'],
  [`JSON_QUERY('{"a": 1, "b": [2]}', '$.*')`, '[1,[2]]'],
  [`JSON_EXISTS('{"a":[]}', '$.a[*]')`, 'FALSE'],
  [`JSON_OBJECT('a' VALUE JSON('{"b": 1}'))`, '{"a":{"b": 1}}'],
  [`PRINTF('%s|%5.1f|%03d', 'x', 2.25, 7)`, 'x|  2.3|007'],
  [`PRINTF('%d', 'x')`, 'NULL'],
  [`PRINTF(nothing)`, 'NULL'],
  [`'ab12' SIMILAR TO '[a-z]+[0-9]{2}'`, 'TRUE'],
  [`'ab12' NOT SIMILAR TO 'ab%'`, 'FALSE'],
  [`'a%' SIMILAR TO 'a!%' ESCAPE '!'`, 'TRUE'],
  [`nothing SIMILAR TO 'a'`, 'NULL'],
  [`REGEXP_REPLACE('a.b.c', '\\.', '-')`, 'a-b-c'],
  [`REGEXP_EXTRACT('order-17 of 18', '(?i)ORDER-(\\d+)', 1)`, '17'],
  [`REGEXP_COUNT('hello', '[a-z&&[^aeiou]]')`, '3'],
  [`(ts, INTERVAL '1' HOUR) OVERLAPS (TIMESTAMP '2026-11-24 13:00:00', TIMESTAMP '2026-11-24 14:00:00')`, 'TRUE'],
  [`(TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '3:30:00', INTERVAL '2' HOUR)`, 'TRUE'],
  [`(TIME '9:00:00', TIME '10:00:00') OVERLAPS (TIME '10:15:00', INTERVAL '3' HOUR)`, 'FALSE'],
  [`TIMESTAMPADD(HOUR, CHAR_LENGTH('ab'), ts)`, '2026-11-24 14:34:56.789'],
  [`TIMESTAMPADD(MONTH, -CHAR_LENGTH('ab'), ts)`, '2026-09-24 12:34:56.789'],
  [`TIMESTAMPADD(MINUTE, 1, DATE '2026-11-24')`, '2026-11-24 00:01:00.000'],
  [`ts + CHAR_LENGTH('ab') * INTERVAL '1' DAY`, '2026-11-26 12:34:56.789'],
  [`EXTRACT(MICROSECOND FROM ts)`, '789000'],
  [`EXTRACT(NANOSECOND FROM ts)`, '789000000'],
  [`FLOOR(DATE '2026-11-24' TO MONTH)`, '2026-11-01'],
  [`CEIL(TIME '12:44:31' TO MINUTE)`, '12:45:00'],
  [`FLOOR(TIME '12:44:31' TO MINUTE)`, '12:44:00'],
  [`FLOOR(ts TO DECADE)`, '2020-01-01 00:00:00.000'],
  [`CEIL(ts TO CENTURY)`, '2101-01-01 00:00:00.000'],
  [`CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'PST')`, '1969-12-31 16:00:00'],
  [`CONVERT_TZ('1970-01-01 00:00:00', 'U' || 'TC', CONCAT('Asia', '/Tokyo'))`, '1970-01-01 09:00:00'],
  [`ts AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC'`, '2026-11-24 11:34:56.789'],
  [`TO_TIMESTAMP_LTZ('2026-11-24 12:00:00', 'yyyy-MM-dd HH:mm:ss', 'Asia/Tokyo') AT TIME ZONE 'UTC'`, '2026-11-24 03:00:00.000'],
  [`TO_TIMESTAMP_LTZ(1.5, 0) AT TIME ZONE 'UTC'`, '1970-01-01 00:00:01.500'],
  [`RAND(42)`, '0.7275636800328681'],
  [`RAND_INTEGER(-7, 100)`, '62'],
  [`STARTSWITH(X'010203', X'0102')`, 'TRUE'],
  [`ENDSWITH(X'010203', X'0102')`, 'FALSE'],
  [`HEX(DECODE(ELT(2, X'41', X'42'), 'UTF-8'))`, '42'],
  [`STR_TO_MAP('a=1 b=2', ' +')`, '{a=1, b=2}'],
  [`ARRAY_JOIN(ARRAY['a', 'b'], '-', nothing)`, 'NULL'],
  [`UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS')`, '28801'],
  [`UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS X')`, '1'],
  [`UNIX_TIMESTAMP('x')`, 'NULL'],
  [`DATE_FORMAT(ts, 'EEE, d MMM yyyy h:mm a')`, 'Tue, 24 Nov 2026 12:34 PM'],
  [`DATE_FORMAT(ts, 'yyyy-MM-dd''T''HH:mm:ss.SSS')`, '2026-11-24T12:34:56.789'],
  [`TO_TIMESTAMP('24/11/2026 1.02 PM', 'dd/MM/yyyy h.mm a')`, '2026-11-24 13:02:00.000'],
  [`TO_DATE('24 Nov 2026', 'd MMM yyyy')`, '2026-11-24'],
  [`FROM_UNIXTIME(44)`, '1970-01-01 00:00:44'],
  [`CURRENT_DATABASE()`, 'default_database'],
  [`TYPEOF(ts, TRUE)`, 'TIMESTAMP(3) NOT NULL'],
]; // biome-ignore format: a table

/** Over random rows of table a (id, k INT, v BIGINT, d DECIMAL, s STRING, t TIMESTAMP, each with NULLs), and what PostgreSQL is asked instead. */
const ASKED: readonly (readonly [ours: string, postgres?: string])[] = [
  [`s SIMILAR TO '(a|b)+', s NOT SIMILAR TO '_', s SIMILAR TO '[^a]%', s SIMILAR TO 'a{1,2}b?'`],
  [`s LIKE '%b', s NOT LIKE 'a_', s LIKE 'a!_' ESCAPE '!'`],
  [`REGEXP(s, '^[a-c]+$'), REGEXP_REPLACE(s, '[ab]', '<>'), REGEXP_COUNT(s, '[ab]')`, `s ~ '^[a-c]+$', regexp_replace(s, '[ab]', '<>', 'g'), regexp_count(s, '[ab]')`],
  [`TIMESTAMPADD(DAY, k, t), TIMESTAMPADD(MONTH, k - 2, t), t + k * INTERVAL '90' MINUTE`, `t + k * interval '1 day', t + (k - 2) * interval '1 month', t + k * interval '90 minutes'`],
  [`(t, INTERVAL '7' SECOND) OVERLAPS (TIMESTAMP '2026-11-24 00:01:00.5', INTERVAL '30' SECOND)`, `(t, interval '7 seconds') OVERLAPS (timestamp '2026-11-24 00:01:00.5', interval '30 seconds')`],
  [`EXTRACT(MILLENNIUM FROM t), EXTRACT(DECADE FROM t), EXTRACT(ISOYEAR FROM t), EXTRACT(WEEK FROM t), EXTRACT(DOY FROM t)`, `${['millennium', 'decade', 'isoyear', 'week', 'doy'].map((unit) => `extract(${unit} FROM t)::bigint`).join(', ')}`],
  [`FLOOR(t TO DECADE), FLOOR(t TO MILLENNIUM), FLOOR(CAST(t AS DATE) TO QUARTER) = DATE '2026-10-01'`, `date_trunc('decade', t), date_trunc('millennium', t), date_trunc('quarter', t) = '2026-10-01'`],
  [`PRINTF('%d|%05d|%s', v, k, s)`, `coalesce(v::text, 'null') || '|' || CASE WHEN k IS NULL THEN ' null' ELSE lpad(k::text, 5, '0') END || '|' || coalesce(s, 'null')`],
  [`TRANSLATE(s, 'ab', 'x'), REVERSE(s), LPAD(s, 4, '*'), INITCAP(s), ASCII(s), SUBSTRING(s FROM 2)`, `translate(s, 'ab', 'x'), reverse(s), lpad(s, 4, '*'), replace(initcap(s), 'é', 'É'), CASE WHEN s LIKE 'é%' THEN 195 ELSE ascii(s) END, substring(s FROM 2)`],
  [`NULLIF(k, 2), GREATEST(k, 2), LEAST(d, CAST(1 AS DECIMAL(20, 2))), k IS DISTINCT FROM 2, (v > 5) IS NOT TRUE`, `nullif(k, 2), CASE WHEN k IS NULL THEN NULL ELSE greatest(k, 2) END, CASE WHEN d IS NULL THEN NULL ELSE least(d, 1.00) END, k IS DISTINCT FROM 2, (v > 5) IS NOT TRUE`],
  [`t AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'America/New_York'`],
  [`MD5(s), SHA256(s), TO_BASE64(s), HEX(s)`, `md5(s), encode(sha256(convert_to(s, 'UTF8')), 'hex'), encode(convert_to(s, 'UTF8'), 'base64'), upper(encode(convert_to(s, 'UTF8'), 'hex'))`],
  [`ARRAY_JOIN(SPLIT(s, 'b'), '-'), CARDINALITY(ARRAY_DISTINCT(ARRAY[k, 1, k])), ARRAY_CONTAINS(ARRAY[1, 2], k)`, `CASE WHEN s IS NULL THEN NULL ELSE array_to_string(CASE WHEN s = '' THEN ARRAY[''] ELSE string_to_array(s, 'b') END, '-') END, CASE WHEN k = 1 THEN 1 ELSE 2 END, CASE WHEN k IS NULL THEN false ELSE k IN (1, 2) END`],
  [`JSON_VALUE('{"n": ' || CAST(k AS STRING) || '}', '$.n'), JSON_ARRAY(k, s)`, `('{"n": ' || k || '}')::json ->> 'n', array_to_json(array_remove(ARRAY[k::text, to_json(s)::text], NULL)::json[])::text`],
]; // biome-ignore format: a table

const SEPARATOR = '~';

it('functions that are more than a call give what Flink documents', async () => {
  const selected = CASES.map(([expression]) => `COALESCE(CAST(${expression} AS STRING), 'NULL')`);
  const answers = await previewAnswerOf(
    `SELECT CONCAT_WS('${SEPARATOR}', ${selected.join(', ')}) FROM (VALUES (${JSON_TEXT}, TIMESTAMP '2026-11-24 12:34:56.789', CAST(NULL AS STRING))) AS t (j, ts, nothing)`,
  );
  expect(answers).toHaveLength(1);
  const parts = answers[0]?.split(SEPARATOR) ?? [];
  expect(CASES.map(([expression], at) => [expression, parts[at]])).toEqual(CASES.map(([...each]) => each));
});

it.each([
  ["'1970-01-01 08:00:01.001', 'yyyy-MM-dd HH:mm:ss.SSS'", '25201'],
  ["'1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS X'", '1'],
  ["'1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS'", '25201'],
])(
  'UNIX_TIMESTAMP(%s) in Berlin is %s: a text that says its zone is not in that of the session',
  async (text, answer) => {
    const query = `SET 'table.local-time-zone' = 'Europe/Berlin'; SELECT UNIX_TIMESTAMP(${text})`;
    expect(await previewAnswerOf(query)).toEqual([answer]);
  },
);

describe('functions give what PostgreSQL gives for the same rows', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await Oracle.start();
  });
  afterAll(async () => {
    await oracle.stop();
  });

  it.each(ASKED)('%s', async (ours, postgres) => {
    const random = new SeededRandom(seed);
    const inputs = await fillTables(oracle, random, 80);
    const expected = await oracle.answer(`SELECT id, ${postgres ?? ours} FROM a`);
    expect(await answerOf(`${TABLES_DDL}SELECT id, ${ours} FROM a;`, inputs, random)).toEqual(expected);
  });
});
