-- Windows over windows: one-minute sums added up over an hour on window_time; a condition on window_start holds for whole groups.
CREATE TABLE hourly (hour_start TIMESTAMP(3), total DECIMAL(38, 2), n BIGINT) WITH ('connector'='print');
INSERT INTO hourly
SELECT window_start, SUM(gmv), MAX(orders)
FROM TABLE(TUMBLE((
  SELECT window_time AS minute_time, SUM(amount) AS gmv, COUNT(*) AS orders
  FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) WHERE status = 'PAID' GROUP BY window_start, window_end, window_time
), DESCRIPTOR(minute_time), INTERVAL '1' HOUR))
WHERE window_start > TIMESTAMP '2026-01-01 00:00:00' AND orders > 0
GROUP BY window_start, window_end;
