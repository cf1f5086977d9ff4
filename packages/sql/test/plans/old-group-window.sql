-- GROUP BY TUMBLE(...) with TUMBLE_START: the older form gives the same nodes; HAVING on a key goes below the aggregate.
INSERT INTO city_gmv
SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), TUMBLE_END(ts, INTERVAL '1' MINUTE), city, COUNT(*), SUM(amount) FILTER (WHERE status = 'PAID')
FROM orders WHERE amount > 0 GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), city HAVING city <> 'X' AND COUNT(*) > 1 + 1;
