CREATE TABLE totals (s TIMESTAMP(3), e TIMESTAMP(3), cities BIGINT, orders BIGINT) WITH ('connector' = 'kafka');
INSERT INTO totals
SELECT s, e, COUNT(*), SUM(n) FROM (
  SELECT window_start AS s, window_end AS e, city, COUNT(*) AS n
  FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city)
GROUP BY s, e;
