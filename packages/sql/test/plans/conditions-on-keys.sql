-- Conditions on keys go below what is kept by key, and below windows where they are about the row; conditions on what was computed stay above.
CREATE VIEW newest AS SELECT order_id, city, status FROM
  (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts DESC) AS n FROM orders) WHERE n = 1;
CREATE TABLE sink (city STRING, n BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
CREATE TABLE windowed (order_id BIGINT, city STRING, window_start TIMESTAMP(3)) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT city, COUNT(*) FROM newest WHERE order_id > 7 AND status = 'PAID' GROUP BY city HAVING city <> 'X' AND COUNT(*) > 2;
INSERT INTO windowed SELECT order_id, city, window_start FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE))
  WHERE city = 'Paris' AND window_start > TIMESTAMP '2026-11-24 00:00:00';
