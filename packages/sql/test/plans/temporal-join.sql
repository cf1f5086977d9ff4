CREATE TABLE converted (order_id BIGINT, value_eur DOUBLE) WITH ('connector'='print');
INSERT INTO converted
SELECT o.order_id, o.amount * r.rate
FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.city = r.currency AND r.rate > 0;
INSERT INTO converted
SELECT o.order_id, o.amount * r.rate
FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.city = r.currency
WHERE r.rate < 10 AND o.status = 'PAID';
