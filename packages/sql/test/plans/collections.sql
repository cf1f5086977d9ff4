CREATE TABLE parts (a INT, c STRING, first_tag STRING, color INT, n INT, made ARRAY<INT>, r ROW<x INT, y STRING>) WITH ('connector'='print');
INSERT INTO parts
SELECT r.a, carts.r.b.c, tags[1], props['color'], CARDINALITY(lines), ARRAY_SORT(ARRAY[r.a, 1, 2]), ROW(r.a, tags[2])
FROM carts WHERE ARRAY_CONTAINS(tags, 'new');
