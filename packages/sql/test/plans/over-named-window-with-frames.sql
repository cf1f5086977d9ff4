CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT order_id, SUM(amount) OVER (w ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS three, COUNT(*) OVER w AS all_before
FROM orders WINDOW v AS (PARTITION BY city), w AS (v ORDER BY ts)
