CREATE TABLE windowed (order_id BIGINT, window_start TIMESTAMP(3), window_time TIMESTAMP(3)) WITH ('connector'='kafka','topic'='w','format'='json');
INSERT INTO windowed SELECT order_id, window_start, window_time
FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) WHERE amount > 10;
