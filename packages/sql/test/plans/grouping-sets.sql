CREATE TABLE cube (city STRING, status STRING, level BIGINT, orders BIGINT, PRIMARY KEY (city, status) NOT ENFORCED)
WITH ('connector'='jdbc','url'='jdbc:postgresql://localhost/demo','table-name'='cube');
INSERT INTO cube
SELECT city, status, GROUPING_ID(city, status), COUNT(*) FROM orders GROUP BY GROUPING SETS ((city, status), (city), ());
