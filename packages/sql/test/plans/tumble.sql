-- The demo's one-minute windows.
INSERT INTO city_gmv SELECT window_start, window_end, city, COUNT(*) AS orders, SUM(amount) AS gmv
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;
