CREATE TABLE ids (order_id BIGINT) WITH ('connector'='blackhole');
INSERT INTO ids
SELECT order_id FROM orders UNION SELECT order_id FROM big_orders
EXCEPT ALL (SELECT order_id FROM payments INTERSECT SELECT cart_id FROM carts);
