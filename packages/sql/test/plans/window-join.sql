CREATE TABLE met (order_id BIGINT, paid DECIMAL(12, 4), window_start TIMESTAMP(3)) WITH ('connector'='print');
INSERT INTO met
SELECT l.order_id, r.paid, l.window_start
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) AS l
LEFT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) AS r
ON l.order_id = r.order_id AND l.window_start = r.window_start AND l.window_end = r.window_end;
