-- Every comparison has one kind on both sides; constants are folded; nothing is guessed at run time.
CREATE TABLE e (i INT, l BIGINT, d DOUBLE, dec DECIMAL(10, 2), s STRING, ts TIMESTAMP(3), da DATE, b BOOLEAN) WITH ('connector'='kafka','topic'='e','format'='json');
CREATE TABLE o (a BOOLEAN, b BOOLEAN, c STRING, d DECIMAL(20, 4), e INT, f TIMESTAMP(3), g BIGINT, h STRING) WITH ('connector'='print');
INSERT INTO o SELECT
  i = l AND l > 2 + 3 OR NOT b,
  dec BETWEEN i AND 9.5 AND ts >= '2026-11-24 00:00:00' AND da < ts,
  CASE WHEN s LIKE 'a\_%' ESCAPE '\' THEN TRIM(s) WHEN d > dec THEN NULL ELSE 'x' || s END,
  dec * 3 + i,
  TRY_CAST(s AS INT),
  ts - INTERVAL '1:30' MINUTE TO SECOND,
  EXTRACT(HOUR FROM ts),
  JSON_VALUE(s, '$.a.b')
FROM e WHERE TRUE AND s IS NOT NULL AND s NOT IN ('a', 'b') AND l IS DISTINCT FROM i;
