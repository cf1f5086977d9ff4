CREATE TABLE compared (order_id BIGINT, payments BIGINT, average DECIMAL(38, 6)) WITH ('connector'='blackhole');
INSERT INTO compared
SELECT order_id, (SELECT COUNT(*) FROM payments p WHERE p.order_id = o.order_id AND p.paid > 1), (SELECT AVG(paid) FROM payments)
FROM orders o
WHERE amount > (SELECT rate FROM rates WHERE currency = o.city);
