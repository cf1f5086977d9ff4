CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT c.cart_id, l.n, l.most
FROM carts AS c LEFT JOIN LATERAL (SELECT COUNT(*) AS n, COALESCE(MAX(paid), 0) AS most FROM payments AS p WHERE p.order_id = c.cart_id) AS l ON TRUE
