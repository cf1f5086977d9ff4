-- Two INSERTs read one source and one watermark.
EXECUTE STATEMENT SET BEGIN
INSERT INTO big_orders SELECT order_id, UPPER(city), amount FROM orders WHERE amount > 100 AND status <> 'CANCELED';
INSERT INTO city_gmv SELECT window_start, window_end, city, COUNT(*) AS orders, SUM(amount) AS gmv
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;
END;
