CREATE TABLE ids (order_id BIGINT) WITH ('connector'='print');
INSERT INTO ids
SELECT order_id FROM orders AS o
WHERE order_id IN (SELECT order_id FROM payments WHERE paid > o.amount)
  AND NOT EXISTS (SELECT * FROM rates WHERE currency = city);
