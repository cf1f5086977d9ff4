CREATE TABLE names (id INT, name STRING) WITH ('connector'='print');
INSERT INTO names VALUES (1, 'one'), (2, NULL);
INSERT INTO names SELECT 1 + 2, UPPER('three');
