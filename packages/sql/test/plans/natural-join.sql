CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT * FROM orders NATURAL LEFT JOIN payments
