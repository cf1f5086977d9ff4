CREATE TABLE out_rows WITH ('connector' = 'print') AS
SELECT city, amount, window_start, window_end, window_time FROM SESSION(TABLE orders PARTITION BY city, DESCRIPTOR(ts), INTERVAL '5' MINUTES) WHERE amount > 1
