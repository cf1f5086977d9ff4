CREATE TABLE totals (city STRING, orders BIGINT, shops BIGINT, gmv DECIMAL(38,2), PRIMARY KEY (city) NOT ENFORCED)
WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost/demo','table-name'='totals');
INSERT INTO totals
SELECT city, COUNT(*), COUNT(DISTINCT shop_id), SUM(amount) FILTER (WHERE status = 'paid') FROM orders GROUP BY city HAVING COUNT(*) > 10;
