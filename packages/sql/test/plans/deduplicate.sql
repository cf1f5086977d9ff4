CREATE TABLE latest (order_id BIGINT, status STRING, ts TIMESTAMP(3), PRIMARY KEY (order_id) NOT ENFORCED)
WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost/demo','table-name'='latest');
INSERT INTO latest
SELECT order_id, status, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1;
