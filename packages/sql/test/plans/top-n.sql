CREATE TABLE top_orders (city STRING, place BIGINT, order_id BIGINT, amount DECIMAL(10,2), PRIMARY KEY (city, place) NOT ENFORCED)
WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost/demo','table-name'='top_orders');
INSERT INTO top_orders
SELECT city, rn, order_id, amount FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY amount DESC, ts) AS rn FROM orders) WHERE rn <= 3 AND status = 'paid';
