CREATE TABLE by_tags (tags ARRAY<STRING>, carts BIGINT, different BIGINT, percentiles ARRAY<DOUBLE>) WITH ('connector' = 'print');
INSERT INTO by_tags SELECT tags, COUNT(*), COUNT(DISTINCT r, cart_id), PERCENTILE(cart_id, ARRAY[0.5, 0.9], r.a) FROM carts GROUP BY tags;
