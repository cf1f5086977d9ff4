CREATE TABLE clicks (city STRING, price BIGINT, pt AS PROCTIME()) WITH ('connector' = 'kafka');
CREATE VIEW w AS SELECT * FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(pt), INTERVAL '10' SECOND, INTERVAL '1' MINUTE));
CREATE TABLE best (window_start TIMESTAMP(3), price BIGINT) WITH ('connector' = 'kafka');
INSERT INTO best SELECT window_start, price FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY price DESC) AS place FROM w) WHERE place <= 3;
CREATE TABLE hours (hour_start TIMESTAMP(3), dear BIGINT) WITH ('connector' = 'kafka');
INSERT INTO hours SELECT window_start, SUM(dear) FROM TUMBLE((
  SELECT window_time AS wt, COUNT(*) FILTER (WHERE price > SECOND(window_start)) AS dear FROM w GROUP BY window_start, window_end, window_time),
  DESCRIPTOR(wt), INTERVAL '1' HOUR) GROUP BY window_start, window_end;
