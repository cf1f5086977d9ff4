CREATE TABLE cities (city STRING, status STRING) WITH ('connector'='kafka','topic'='cities','format'='json');
INSERT INTO cities SELECT DISTINCT city, UPPER(status) FROM orders;
