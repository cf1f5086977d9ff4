CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT s.city, l.order_id, l.amount
FROM (SELECT DISTINCT city FROM orders) AS s,
  LATERAL (SELECT order_id, amount FROM orders AS o WHERE o.city = s.city AND o.status = 'paid' ORDER BY amount DESC LIMIT 3) AS l
