/** Expressions that are something else in Flink 2.3, and why they may be. */
export const EXPRESSIONS: ReadonlyMap<string, string> = new Map([
  ['INITCAP(s)', 'Flink knows the letters of ASCII only, and takes any other character for the end of a word.'],
  ['ASCII(s)', 'Flink gives the byte as a signed number.'],
  ["ASCII('é')", 'Flink gives the byte as a signed number.'],
  ["REGEXP_REPLACE(s, '[', 'x')", 'A constant that is no pattern is told while it is written; Flink gives NULL.'],
  ["CAST('2026-11-24T12:34:56.5' AS TIMESTAMP(3))", 'The T of ISO 8601 is read too.'],
  ['TYPEOF(s)', 'Flink tells it per row of VALUES, whose parts it keeps apart.'],
  ['TYPEOF(arr)', 'Flink tells it per row of VALUES, whose parts it keeps apart.'],
  [
    "TIMESTAMPDIFF(MONTH, TIMESTAMP '2026-01-31 00:00:00', ts)",
    'Backwards in time Flink counts the days of months only, not the time of day; PostgreSQL counts as this does.',
  ],
  [
    "JSON_VALUE(j, '$.a' RETURNING INT)",
    'A value of another type is NULL ON ERROR, as the standard has it; Flink fails the job.',
  ],
  [
    `JSON_QUERY('{"b": 1.50, "a": [1e3, {"d": null, "c": "\\u00e9"}]}', '$')`,
    'Numbers stay as they are written; Flink writes 1e3 as 1E+3.',
  ],
  ["ts AT TIME ZONE 'Asia/Shanghai'", 'Of the standard; Flink has no such syntax.'],
  [
    'CEIL(t6 TO SECOND)',
    'Flink looks at the milliseconds alone: a time that is less than one behind the start of a unit is that start.',
  ],
  [
    'CEIL(t6 TO DAY)',
    'Flink looks at the milliseconds alone: a time that is less than one behind the start of a unit is that start.',
  ],
  [
    'CEIL(t6 TO MONTH)',
    'Flink looks at the milliseconds alone: a time that is less than one behind the start of a unit is that start.',
  ],
  ["t6 > DATE '2020-01-01'", 'A DATE beside a TIMESTAMP is its midnight; Flink wants a CAST.'],
  ['IF(n > 0, t6, t9)', 'Flink cuts the other value to the digits of the first; here, as in CASE, both keep theirs.'],
  ['CEIL(tm TO HOUR)', 'Flink gives 24:00:00 for 23:59:59 and then fails; here the clock starts again.'],
  ["IF(n > 0, n * INTERVAL '1' DAY, INTERVAL '7' DAY)", 'IF of Flink takes no INTERVALs.'],
  [
    "ARRAY[INTERVAL '1' DAY, n * INTERVAL '1' HOUR]",
    'Flink cannot make one of INTERVALs whose units differ ("Unsupported type").',
  ],
  [
    "CAST(INTERVAL '1' DAY AS BIGINT)",
    'Flink gives the number at a sink, and its validator refuses the CAST that its table of casts has (sql/decisions/0060).',
  ],
  ['SPLIT_INDEX(u, 124, 1)', 'The delimiter as a character code is in no documentation of Flink.'],
]);

/** Queries that Flink 2.3 answers otherwise, and why they may be. */
export const QUESTIONS: ReadonlyMap<string, string> = new Map([
  [
    'SELECT k, CARDINALITY(COLLECT(s)) FROM a GROUP BY k',
    'Of the standard; Flink lets it through and fails when it makes the code ("Expect an array or a map").',
  ],
  [
    'SELECT id, e FROM (SELECT id, IF(id > 3, ARRAY[k], CAST(NULL AS ARRAY<INT>)) AS es FROM a) LEFT JOIN UNNEST(es) AS x (e) ON TRUE',
    'IF of Flink takes no arrays.',
  ],
  [
    'SELECT kinds.k, top.id FROM (SELECT DISTINCT k FROM a WHERE k IS NOT NULL) kinds, LATERAL (SELECT id FROM b WHERE b.k = kinds.k ORDER BY id DESC LIMIT 2) AS top',
    'Flink documents it, and its planner refuses this one ("unexpected correlate variable").',
  ],
  [
    'SELECT m.k, m.a_id, m.c_id, m.n FROM a MATCH_RECOGNIZE (PARTITION BY k ORDER BY t MEASURES X.id AS a_id, Z.id AS c_id, COUNT(Y.id) AS n ONE ROW PER MATCH AFTER MATCH SKIP TO LAST Y PATTERN (X Y{1,2} Z) DEFINE X AS TRUE, Y AS Y.id > LAST(Y.id, 1) OR LAST(Y.id, 1) IS NULL, Z AS Z.s IS NOT NULL) AS m',
    'A greedy loop of Flink keeps every row it can take, and never gives one back for what follows; the standard does (operators/decisions/0006).',
  ],
  [
    'SELECT m.k, m.x_id FROM (SELECT *, PROCTIME() AS p FROM a) MATCH_RECOGNIZE (PARTITION BY k ORDER BY p MEASURES X.id AS x_id, MATCH_ROWTIME() AS ended ONE ROW PER MATCH AFTER MATCH SKIP TO NEXT ROW PATTERN (X Y) DEFINE Y AS Y.id > X.id) AS m',
    'A pattern by processing time has no event time (operators/decisions/0020): it is told to use MATCH_PROCTIME(). Flink gives the clock under that name.',
  ],
  [
    'SELECT s, STDDEV_POP(k), VARIANCE(k) FROM a GROUP BY s',
    'Flink gives them in the type of the column: whole numbers, cut off.',
  ],
  [
    'SELECT k, APPROX_COUNT_DISTINCT(s) FROM (SELECT * FROM a) GROUP BY k',
    'Flink has it in windows and in batch only.',
  ],
  [
    "SELECT window_start, window_end, k, s, COUNT(*) FROM TABLE(SESSION(TABLE a PARTITION BY k, DESCRIPTOR(t), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, GROUPING SETS ((k), (s), ())",
    'Flink makes the sessions of a grouping set without the keys it leaves out; here they are PARTITION BY what FROM says (sql/decisions/0030).',
  ],
  [
    "SELECT ws, we, q, SUM(n) FROM (SELECT window_start AS ws, window_end AS we, k AS q, v AS n FROM TABLE(SESSION(TABLE a PARTITION BY k, DESCRIPTOR(t), INTERVAL '10' SECOND)) WHERE MOD(id, 2) = 0) GROUP BY ws, we, q",
    'Flink leaves rows out before it makes sessions of the others; WHERE comes after FROM.',
  ],
]);
