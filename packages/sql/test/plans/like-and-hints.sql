CREATE TABLE paid_orders (paid BOOLEAN) WITH ('topic' = 'paid_orders') LIKE orders (EXCLUDING WATERMARKS);
ALTER TABLE paid_orders DROP (shop_id, status);
SET 'table.exec.state.ttl' = '1 d';
INSERT INTO paid_orders /*+ OPTIONS('sink.partitioner' = 'round-robin') */
SELECT /*+ STATE_TTL('o' = '2 d', 'p' = '2 d') */ o.order_id, city, amount, o.ts, paid > 0
FROM orders /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */ AS o JOIN payments AS p ON o.order_id = p.order_id
