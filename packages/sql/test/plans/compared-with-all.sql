CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT city FROM orders WHERE amount >= ALL (SELECT paid FROM payments WHERE payments.order_id = orders.order_id)
