CREATE TABLE per_minute (window_start TIMESTAMP(3), city STRING, status STRING, orders BIGINT) WITH ('connector'='kafka','topic'='m','format'='json');
INSERT INTO per_minute
SELECT window_start, city, status, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, ROLLUP (city, status);
