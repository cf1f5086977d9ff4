CREATE TABLE carts_json (city STRING, items STRING, by_id STRING) WITH ('connector' = 'kafka');
INSERT INTO carts_json
SELECT city, JSON_ARRAYAGG(JSON_OBJECT('amount' VALUE amount)), JSON_OBJECTAGG(CAST(order_id AS STRING) VALUE amount ABSENT ON NULL)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, city;
