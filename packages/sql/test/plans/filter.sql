-- Projection and filter from one topic to another: one source with the columns needed, no watermark.
INSERT INTO big_orders SELECT order_id, UPPER(city), amount FROM orders WHERE amount > 100 AND status <> 'CANCELED';
