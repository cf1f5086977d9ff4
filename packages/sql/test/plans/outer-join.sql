CREATE TABLE pairs (order_id BIGINT, city STRING, paid DECIMAL(12, 4)) WITH ('connector'='print');
INSERT INTO pairs
SELECT order_id, city, paid FROM orders FULL OUTER JOIN payments USING (order_id) WHERE paid IS NULL OR city IS NULL;
