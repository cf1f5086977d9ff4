-- Every reader of a view keeps a part of its keys: below the windows go the keys that one of them wants, each filters its own. Rows of a join are kept once for
-- readers of the same columns; who wants others has a join of its own.
CREATE VIEW per_city AS SELECT window_start AS at, city, COUNT(*) AS n, SUM(amount) AS total
  FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;
CREATE VIEW paid AS SELECT o.order_id, o.city, p.paid FROM orders o JOIN payments p ON o.order_id = p.order_id;
CREATE TABLE counts (`at` TIMESTAMP(3), n BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE totals (`at` TIMESTAMP(3), total DECIMAL(38, 2)) WITH ('connector' = 'blackhole');
CREATE TABLE amounts (order_id BIGINT, paid DECIMAL(20, 4)) WITH ('connector' = 'blackhole');
CREATE TABLE small (order_id BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE places (city STRING) WITH ('connector' = 'blackhole');
INSERT INTO counts SELECT `at`, n FROM per_city WHERE city = 'Paris' AND n > 2;
INSERT INTO totals SELECT `at`, total FROM per_city WHERE city IN ('Rome', 'Oslo');
INSERT INTO amounts SELECT order_id, paid FROM paid;
INSERT INTO small SELECT order_id FROM paid WHERE paid < 5;
INSERT INTO places SELECT city FROM paid;
