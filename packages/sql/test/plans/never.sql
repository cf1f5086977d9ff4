-- What is never true reads nothing: a UNION ALL without one of its parts, and an INSERT of no rows.
CREATE TABLE sink (order_id BIGINT, city STRING) WITH ('connector' = 'blackhole');
CREATE TABLE empty (city STRING, n BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'jdbc');
INSERT INTO sink SELECT order_id, city FROM orders WHERE 1 + 1 = 2 UNION ALL SELECT order_id, city FROM orders WHERE city = 'Paris' AND NOT TRUE;
INSERT INTO empty SELECT city, COUNT(*) FROM orders WHERE amount > 5 AND 'a' = 'b' GROUP BY city;
