CREATE TABLE drops (city STRING, started TIMESTAMP(3), ended TIMESTAMP(3), lowest DECIMAL(10, 2), rows_seen BIGINT)
WITH ('connector'='print');
INSERT INTO drops
SELECT * FROM orders MATCH_RECOGNIZE (
  PARTITION BY city
  ORDER BY ts
  MEASURES FIRST(DOWN.ts) AS started, MATCH_ROWTIME() AS ended, MIN(DOWN.amount) AS lowest, COUNT(*) AS rows_seen
  ONE ROW PER MATCH
  AFTER MATCH SKIP TO LAST UP
  PATTERN (START DOWN{2,}? (UP | SAME)) WITHIN INTERVAL '1' HOUR
  DEFINE
    DOWN AS DOWN.amount < LAST(DOWN.amount, 1) OR LAST(DOWN.amount, 1) IS NULL AND amount < START.amount,
    UP AS amount > LAST(DOWN.amount)
) AS m;
