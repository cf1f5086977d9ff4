CREATE TABLE per_status (window_start TIMESTAMP(3), window_end TIMESTAMP(3), status STRING, orders BIGINT, cities BIGINT) WITH ('connector' = 'kafka');
INSERT INTO per_status
SELECT window_start, window_end, status, COUNT(*), COUNT(DISTINCT city)
FROM TABLE(SESSION(TABLE orders PARTITION BY city, DESCRIPTOR(ts), INTERVAL '5' MINUTES))
GROUP BY window_start, window_end, status;
