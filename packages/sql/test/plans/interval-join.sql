CREATE TABLE paid_orders (window_start TIMESTAMP(3), city STRING, paid DECIMAL(38, 4)) WITH ('connector'='print');
INSERT INTO paid_orders
SELECT TUMBLE_START(o.ts, INTERVAL '1' MINUTE), o.city, SUM(p.paid)
FROM orders o, payments p
WHERE o.order_id = p.order_id AND p.ts BETWEEN o.ts - INTERVAL '5' MINUTE AND o.ts + INTERVAL '1' HOUR
GROUP BY TUMBLE(o.ts, INTERVAL '1' MINUTE), o.city;
