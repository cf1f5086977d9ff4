import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { DEMO_TABLES } from '../testing/demo-tables.ts';
import { FUNCTION_NAMES } from './catalog.ts';

/** Every function of Flink's documentation ("System (Built-in) Functions", 2.1) that is called by a name, in its order. */
const NAMED =
  `POWER ABS SQRT LN LOG10 LOG2 LOG EXP CEIL CEILING FLOOR SIN SINH COS TAN TANH COT ASIN ACOS ATAN ATAN2 COSH DEGREES RADIANS SIGN
  ROUND PI E RAND RAND_INTEGER UUID BIN HEX UNHEX TRUNCATE PERCENTILE CHAR_LENGTH CHARACTER_LENGTH UPPER LOWER POSITION PRINTF TRIM LTRIM RTRIM
  BTRIM REPEAT REGEXP_REPLACE OVERLAY STARTSWITH ENDSWITH SUBSTRING REPLACE REGEXP_COUNT REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_INSTR
  REGEXP_SUBSTR TRANSLATE INITCAP CONCAT CONCAT_WS LPAD RPAD FROM_BASE64 TO_BASE64 ASCII CHR DECODE ENCODE INSTR LEFT RIGHT LOCATE URL_DECODE
  URL_ENCODE PARSE_URL REGEXP REVERSE SPLIT_INDEX STR_TO_MAP SUBSTR JSON_QUOTE JSON_UNQUOTE ELT LOCALTIME LOCALTIMESTAMP CURRENT_TIME
  CURRENT_DATE CURRENT_TIMESTAMP NOW CURRENT_ROW_TIMESTAMP EXTRACT YEAR QUARTER MONTH WEEK DAYOFYEAR DAYOFMONTH DAYOFWEEK HOUR MINUTE SECOND
  DATE_FORMAT TIMESTAMPADD TIMESTAMPDIFF CONVERT_TZ FROM_UNIXTIME UNIX_TIMESTAMP TO_DATE TO_TIMESTAMP_LTZ TO_TIMESTAMP CURRENT_WATERMARK NULLIF
  COALESCE IF IFNULL IS_ALPHA IS_DECIMAL IS_DIGIT GREATEST LEAST TYPEOF CARDINALITY ELEMENT ARRAY_APPEND ARRAY_CONTAINS ARRAY_DISTINCT
  ARRAY_POSITION ARRAY_PREPEND ARRAY_REMOVE ARRAY_REVERSE ARRAY_SLICE ARRAY_SORT ARRAY_UNION ARRAY_CONCAT ARRAY_EXCEPT ARRAY_INTERSECT ARRAY_MAX
  ARRAY_JOIN ARRAY_MIN MAP_KEYS MAP_UNION MAP_VALUES MAP_ENTRIES MAP_FROM_ARRAYS SPLIT JSON_EXISTS JSON_STRING JSON_VALUE JSON_QUERY JSON_OBJECT
  JSON_ARRAY JSON GROUP_ID GROUPING GROUPING_ID MD5 SHA1 SHA224 SHA256 SHA384 SHA512 SHA2 COUNT AVG SUM MAX MIN STDDEV_POP STDDEV_SAMP VAR_POP
  VAR_SAMP VARIANCE ROW_NUMBER LAG FIRST_VALUE LAST_VALUE LISTAGG ARRAY_AGG COLLECT JSON_OBJECTAGG JSON_ARRAYAGG APPROX_COUNT_DISTINCT CURRENT_DATABASE
  PROCTIME`.split(/\s+/);

/** Those written otherwise: one expression each, over orders (order_id, city, amount, ts). */
const WRITTEN = [
  "city = 'x' AND city <> 'x' OR NOT amount > 1",
  'amount >= 1 AND amount < 2 AND amount <= 3',
  'city IS NULL OR city IS NOT NULL',
  "city IS DISTINCT FROM 'x' AND city IS NOT DISTINCT FROM 'y'",
  'amount BETWEEN ASYMMETRIC 1 AND 2 AND amount NOT BETWEEN SYMMETRIC 2 AND 1',
  "city LIKE 'a!%' ESCAPE '!' AND city NOT LIKE '_'",
  "city SIMILAR TO '(a|b)%' AND city NOT SIMILAR TO 'a!%' ESCAPE '!'",
  "city IN ('a', 'b') AND amount NOT IN (1, 2)",
  '(amount > 1) IS TRUE AND (amount > 1) IS NOT TRUE AND (amount > 1) IS FALSE AND (amount > 1) IS NOT FALSE',
  '(amount > 1) IS UNKNOWN AND (amount > 1) IS NOT UNKNOWN',
  '+amount - -amount * amount / amount % 2',
  "city || 'x'",
  "DATE '2026-01-01' < ts AND TIMESTAMP '2026-01-01 00:00:00' < ts AND TIME '10:00:00' > TIME '09:00:00'",
  "ts + INTERVAL '10 00:00:00.004' DAY TO SECOND - INTERVAL '2-10' YEAR TO MONTH",
  'FLOOR(ts TO HOUR) <= CEIL(ts TO DAY)',
  "(ts, INTERVAL '1' HOUR) OVERLAPS (ts, ts)",
  "CASE city WHEN 'a' THEN 1 ELSE 2 END + CASE WHEN amount > 1 THEN 1 END",
  'CAST(amount AS STRING)',
  'TRY_CAST(city AS INT)',
  'ARRAY[1, 2][1] + CARDINALITY(MAP[1, 2])',
  'MAP[1, 2][1]',
  'city IS JSON AND city IS NOT JSON ARRAY AND city IS JSON SCALAR AND city IS JSON OBJECT AND city IS JSON VALUE',
  'ROW(amount, city) = (amount, city)',
];

/** What Flink has and a stream of rows of these types cannot give, and what to write instead. */
const REFUSED: readonly (readonly [query: string, message: string])[] = [
  ['SELECT CUME_DIST() OVER (ORDER BY ts) FROM orders', 'CUME_DIST() is not supported, in streams of Flink neither: a stream does not know the rows that follow; count the rows so far with COUNT(*) OVER (...).'],
  ['SELECT PERCENT_RANK() OVER (ORDER BY ts) FROM orders', 'PERCENT_RANK() is not supported, in streams of Flink neither: a stream does not know the rows that follow; count the rows so far with COUNT(*) OVER (...).'],
  ['SELECT LEAD(city) OVER (ORDER BY ts) FROM orders', 'LEAD() is not supported, in streams of Flink neither: a stream does not know the rows that follow; use LAG.'],
  ['SELECT PARSE_JSON(city) FROM orders', 'PARSE_JSON is not supported yet; there is no VARIANT; keep the text and read it with JSON_VALUE and JSON_QUERY.'],
  ['SELECT TRY_PARSE_JSON(city) FROM orders', 'TRY_PARSE_JSON is not supported yet; there is no VARIANT; keep the text and read it with JSON_VALUE and JSON_QUERY.'],
]; // biome-ignore format: a table

describe("Flink's functions", () => {
  it('called by a name are all there', () => {
    expect(NAMED.filter((name) => !FUNCTION_NAMES.includes(name))).toEqual([]);
  });

  it.each(WRITTEN)('%s', (expression) => {
    expect(compile(`${DEMO_TABLES} SELECT ${expression} FROM orders`).diagnostics).toEqual([]);
  });

  it.each(REFUSED)('%s is refused with what to write instead', (query, message) => {
    expect(compile(`${DEMO_TABLES} ${query}`).diagnostics.map((problem) => problem.message)).toEqual([message]);
  });
});
