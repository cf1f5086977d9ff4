CREATE TABLE cities (city STRING) WITH ('connector'='blackhole');
INSERT INTO cities SELECT city FROM orders WHERE city NOT IN (SELECT currency FROM rates);
