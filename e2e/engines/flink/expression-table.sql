CREATE TEMPORARY VIEW t AS SELECT id,
  CAST(n AS INT) AS n, CAST(b AS BIGINT) AS b, CAST(d AS DECIMAL(10, 2)) AS d, CAST(x AS DOUBLE) AS x, CAST(s AS STRING) AS s,
  CAST(u AS STRING) AS u, CAST(f AS BOOLEAN) AS f, CAST(dt AS DATE) AS dt, CAST(tm AS TIME(0)) AS tm, CAST(ts AS TIMESTAMP(3)) AS ts,
  CAST(ts || '123' AS TIMESTAMP(6)) AS t6, CAST(ts || '123456' AS TIMESTAMP(9)) AS t9,
  CAST(j AS STRING) AS j, arr, words, m, r, CAST(y AS BYTES) AS y
FROM (VALUES
  (1, '7', '9007199254740993', '12.50', '2.5', 'Hello, World', 'lo', 'true', '2026-11-24', '12:34:56', '2026-11-24 12:34:56.789',
    '{"a": 1, "b": [1, 2, "x"], "c": {"d": "e"}, "t": true, "x": 1.25}', ARRAY[1, 2, 2], ARRAY['a', 'b', CAST(NULL AS STRING)],
    MAP['k', 1], CAST(ROW(5, 'five') AS ROW<a INT, b STRING>), 'bytes'),
  (2, '-3', '-9007199254740995', '-0.05', '-12500000000', 'é中o', 'a|b|c', 'false', '2024-02-29', '00:00:00', '1999-12-31 23:59:58.500',
    '{"a": "text", "b": [], "c": null}', ARRAY[CAST(NULL AS INT), 3], ARRAY['x'],
    MAP['z', CAST(NULL AS INT)], CAST(ROW(CAST(NULL AS INT), 'none') AS ROW<a INT, b STRING>), ''),
  (3, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING),
    CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS ARRAY<INT>),
    CAST(NULL AS ARRAY<STRING>), CAST(NULL AS MAP<STRING, INT>), CAST(NULL AS ROW<a INT, b STRING>), CAST(NULL AS STRING)),
  (4, '0', '1', '99999999.99', '0.1', '', ' x ', 'true', '2000-01-01', '23:59:59', '2000-01-01 00:00:00.000',
    'nonsense', ARRAY[3, 1, 2], ARRAY['q', 'p'], MAP['k', 2, 'l', 3], CAST(ROW(0, '') AS ROW<a INT, b STRING>), 'é')
) AS v (id, n, b, d, x, s, u, f, dt, tm, ts, j, arr, words, m, r, y)
