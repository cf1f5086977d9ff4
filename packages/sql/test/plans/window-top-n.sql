CREATE TABLE best (window_start TIMESTAMP(3), window_end TIMESTAMP(3), city STRING, gmv DECIMAL(38,2), place BIGINT)
WITH ('connector'='kafka','topic'='best','format'='json');
INSERT INTO best
SELECT window_start, window_end, city, gmv, rn FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY gmv DESC) AS rn FROM (
    SELECT window_start, window_end, city, SUM(amount) AS gmv
    FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, city)) WHERE rn <= 3;
