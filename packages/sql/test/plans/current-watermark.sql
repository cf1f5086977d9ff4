CREATE TABLE late_orders (id BIGINT, behind TIMESTAMP(3)) WITH ('connector' = 'kafka');
INSERT INTO late_orders SELECT order_id, CURRENT_WATERMARK(ts) FROM orders WHERE ts <= CURRENT_WATERMARK(ts);
