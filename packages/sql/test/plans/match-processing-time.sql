CREATE TABLE clicks (city STRING, tags ARRAY<STRING>, price INT, at AS PROCTIME()) WITH ('connector'='kafka','topic'='clicks','format'='json');
CREATE VIEW seen AS SELECT city, tags, price, at AS seen_at FROM clicks WHERE price > 0;
CREATE TABLE falls (tags ARRAY<STRING>, city STRING, first INT, lowest INT, told TIMESTAMP_LTZ(3)) WITH ('connector' = 'print');
CREATE TABLE falls_per_minute (window_start TIMESTAMP(3), city STRING, falls BIGINT) WITH ('connector' = 'print');
INSERT INTO falls
SELECT * FROM seen MATCH_RECOGNIZE (
  PARTITION BY tags, city ORDER BY seen_at, price DESC NULLS LAST
  MEASURES A.price AS first, LAST(B.price) AS lowest, MATCH_PROCTIME() AS told
  PATTERN (A B+) WITHIN INTERVAL '1' MINUTE
  DEFINE B AS B.price < LAST(price, 1)
) WHERE city <> 'x';
INSERT INTO falls_per_minute
SELECT TUMBLE_START(told, INTERVAL '1' MINUTE), city, COUNT(*) FROM seen MATCH_RECOGNIZE (
  PARTITION BY city ORDER BY PROCTIME()
  MEASURES MATCH_PROCTIME() AS told
  PATTERN (A B) WITHIN INTERVAL '1' MINUTE
  DEFINE B AS B.price < A.price
) GROUP BY TUMBLE(told, INTERVAL '1' MINUTE), city;
