CREATE TABLE items (cart_id BIGINT, tag STRING, place INT, sku STRING, prop STRING) WITH ('connector'='print');
INSERT INTO items
SELECT cart_id, tag, place, sku, k
FROM carts
CROSS JOIN UNNEST(tags) WITH ORDINALITY AS t (tag, place)
LEFT JOIN UNNEST(lines) AS l ON TRUE
CROSS JOIN UNNEST(props) AS p (k, v)
WHERE l.qty > 1 AND cart_id > 7;
