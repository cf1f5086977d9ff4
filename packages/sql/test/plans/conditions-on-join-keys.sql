-- What is said of a join's key on one side holds on the other: less is remembered there, and less is read.
CREATE TABLE sink (order_id BIGINT, city STRING, paid DECIMAL(20, 4)) WITH ('connector' = 'jdbc');
CREATE TABLE kept (order_id BIGINT, paid DECIMAL(20, 4), PRIMARY KEY (order_id) NOT ENFORCED) WITH ('connector' = 'jdbc');
INSERT INTO sink SELECT o.order_id, o.city, p.paid FROM orders o JOIN payments p ON o.order_id = p.order_id WHERE o.order_id IN (5, 7) AND p.paid > 1;
INSERT INTO kept SELECT o.order_id, p.paid FROM orders o LEFT JOIN payments p ON o.order_id = p.order_id WHERE o.order_id > 9;
