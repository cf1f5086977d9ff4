CREATE TABLE sessions (city STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), orders BIGINT) WITH ('connector'='kafka','topic'='s','format'='json');
INSERT INTO sessions SELECT city, window_start, window_end, COUNT(*)
FROM TABLE(SESSION(TABLE orders PARTITION BY city, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) GROUP BY city, window_start, window_end;
INSERT INTO sessions SELECT city, SESSION_START(ts, INTERVAL '5' MINUTE), SESSION_END(ts, INTERVAL '5' MINUTE), COUNT(*)
FROM orders GROUP BY city, SESSION(ts, INTERVAL '5' MINUTE);
