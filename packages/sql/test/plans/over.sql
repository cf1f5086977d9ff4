CREATE TABLE running (order_id BIGINT, ts TIMESTAMP(3), hour_sum DECIMAL(38,2), last_three BIGINT, before DECIMAL(10,2), place BIGINT)
WITH ('connector'='kafka','topic'='running','format'='json');
INSERT INTO running
SELECT order_id, ts, SUM(amount) OVER (PARTITION BY city ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW),
  COUNT(*) OVER w, LAG(amount) OVER (PARTITION BY city ORDER BY ts), ROW_NUMBER() OVER (ORDER BY ts)
FROM orders WINDOW w AS (PARTITION BY city ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
