CREATE TABLE customers (id INT, name STRING, level STRING, joined DATE, title AS COALESCE(level, 'new') || ' ' || name)
WITH ('connector'='jdbc','url'='jdbc:postgresql://db/shop','table-name'='customers','lookup.cache'='PARTIAL');
CREATE TABLE baskets (basket_id BIGINT, customer_id BIGINT, amount DECIMAL(12, 2), ts TIMESTAMP(3), at AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector'='kafka','topic'='baskets','format'='json');
CREATE TABLE enriched (basket_id BIGINT, name STRING, title STRING) WITH ('connector'='print');
CREATE TABLE per_level (level STRING, n BIGINT, total DECIMAL(38, 2), until TIMESTAMP(3)) WITH ('connector'='print');
INSERT INTO enriched
SELECT b.basket_id, c.name, c.title
FROM baskets AS b LEFT JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON b.customer_id = c.id AND c.level <> 'closed'
WHERE b.amount > 10;
INSERT INTO per_level
SELECT c.level, COUNT(*), SUM(b.amount), TUMBLE_END(b.ts, INTERVAL '1' MINUTE)
FROM baskets AS b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON c.id = b.customer_id
GROUP BY c.level, TUMBLE(b.ts, INTERVAL '1' MINUTE);
