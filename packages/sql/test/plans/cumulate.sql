-- CUMULATE with an offset and named arguments, no key, an unused aggregate dropped.
INSERT INTO city_gmv (window_start, window_end, city, orders)
SELECT s, e, 'all', n FROM (
  SELECT window_start AS s, window_end AS e, COUNT(*) AS n, SUM(amount) AS never_used
  FROM TABLE(CUMULATE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), STEP => INTERVAL '1' MINUTE, SIZE => INTERVAL '1' HOUR, OFFSET => INTERVAL '5' SECOND))
  GROUP BY window_start, window_end);
