INSERT INTO big_orders
SELECT o.order_id, o.city, CAST(p.paid AS DECIMAL(10, 2))
FROM orders AS o JOIN payments AS p ON o.order_id = p.order_id AND o.amount < p.paid
WHERE o.status = 'PAID' AND p.paid > 10;
