CREATE TABLE clicks (city STRING, at AS PROCTIME()) WITH ('connector'='kafka','topic'='clicks','format'='json');
CREATE TABLE counts (window_start TIMESTAMP(3), city STRING, clicks BIGINT) WITH ('connector'='kafka','topic'='c','format'='json');
CREATE TABLE firsts (city STRING) WITH ('connector'='kafka','topic'='f','format'='json');
INSERT INTO counts SELECT window_start, city, COUNT(*)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, city;
INSERT INTO firsts SELECT city FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY at) AS rn FROM clicks) WHERE rn = 1;
