CREATE TABLE early (window_start TIMESTAMP(3), tenth BIGINT, orders BIGINT) WITH ('connector' = 'kafka');
INSERT INTO early
SELECT window_start, TIMESTAMPDIFF(SECOND, window_start, ts) / 10, COUNT(*)
FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '1' MINUTE))
WHERE ts < TIMESTAMPADD(SECOND, 30, window_start)
GROUP BY window_start, window_end, TIMESTAMPDIFF(SECOND, window_start, ts) / 10;
