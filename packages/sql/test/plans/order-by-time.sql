CREATE TABLE sorted (ts TIMESTAMP(3), order_id BIGINT) WITH ('connector'='kafka','topic'='sorted','format'='json');
INSERT INTO sorted SELECT ts, order_id FROM orders ORDER BY ts, amount DESC LIMIT 100;
INSERT INTO sorted (order_id) SELECT order_id FROM orders ORDER BY ts, amount;
