CREATE TABLE shops (id INT, name STRING, open BOOLEAN) WITH ('connector'='jdbc','url'='jdbc:postgresql://db/shop','table-name'='shops');
CREATE TABLE stock (shop INT, item STRING, tags ARRAY<STRING>, left_over INT, PRIMARY KEY (shop, item) NOT ENFORCED)
WITH ('connector'='upsert-kafka','topic'='stock','key.format'='json','value.format'='json');
CREATE TABLE busiest (shop INT, name STRING, n BIGINT, PRIMARY KEY (shop) NOT ENFORCED)
WITH ('connector'='upsert-kafka','topic'='busiest','key.format'='json','value.format'='json');
CREATE TABLE shelves (item STRING, name STRING, tags ARRAY<STRING>) WITH ('connector'='print');
INSERT INTO busiest
SELECT t.shop, s.name, t.n FROM (SELECT shop, COUNT(*) AS n FROM stock GROUP BY shop) AS t
LEFT JOIN shops FOR SYSTEM_TIME AS OF PROCTIME() AS s ON t.shop = s.id AND s.open;
INSERT INTO shelves
SELECT t.item, s.name, t.tags FROM stock AS t JOIN shops FOR SYSTEM_TIME AS OF PROCTIME() AS s ON t.left_over = s.id;
