-- A view, a CTE and a subquery merge into one projection; filters go below UNION ALL and projections; an implicit cast into the sink.
CREATE VIEW paid AS SELECT order_id, city AS town, amount * 2 AS twice FROM orders WHERE status = 'PAID';
INSERT INTO big_orders
WITH dear AS (SELECT * FROM paid WHERE twice > 10)
SELECT order_id, town, twice FROM (SELECT * FROM dear UNION ALL SELECT order_id, city, amount FROM big_orders) AS u WHERE u.order_id IN (1, 2);
