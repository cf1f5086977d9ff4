CREATE TABLE prices (item STRING, shop INT, price DECIMAL(10, 2), note STRING, doubled AS price * 2,
  at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', PRIMARY KEY (shop, item) NOT ENFORCED,
  WATERMARK FOR at AS at - INTERVAL '1' SECOND)
WITH ('connector'='upsert-kafka','topic'='prices','key.format'='json','value.format'='json');
CREATE TABLE totals (shop INT, n BIGINT, total DECIMAL(38, 2), PRIMARY KEY (shop) NOT ENFORCED)
WITH ('connector'='upsert-kafka','topic'='totals','key.format'='json','value.format'='json');
CREATE TABLE sales (sale_id BIGINT, item STRING, shop INT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
WITH ('connector'='kafka','topic'='sales','format'='json');
CREATE TABLE charged (sale_id BIGINT, price DECIMAL(10, 2)) WITH ('connector'='kafka','topic'='charged','format'='json');
CREATE TABLE copied (shop INT, item STRING, price DECIMAL(10, 2), PRIMARY KEY (item, shop) NOT ENFORCED)
WITH ('connector'='upsert-kafka','topic'='copied','key.format'='json','value.format'='json');
INSERT INTO totals SELECT shop, COUNT(*), SUM(price) FROM prices WHERE doubled > 1 GROUP BY shop;
INSERT INTO charged
SELECT s.sale_id, p.price FROM sales AS s JOIN prices FOR SYSTEM_TIME AS OF s.ts AS p ON s.item = p.item AND s.shop = p.shop;
INSERT INTO copied SELECT shop, item, price FROM prices;
