/** The kinds of statements that golden plans have none of. */
export const OTHER_STATEMENTS: readonly string[] = [
  'EXPLAIN PLAN FOR SELECT city FROM orders WHERE amount > 1; EXPLAIN INSERT INTO big_orders SELECT order_id, city, amount FROM orders;',
  'EXPLAIN STATEMENT SET BEGIN INSERT INTO big_orders SELECT order_id, city, amount FROM orders; END;',
  'SHOW TABLES; SHOW VIEWS; SHOW FUNCTIONS; SHOW CREATE TABLE orders; DESCRIBE orders; DESC big_orders;',
  "CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'c' AS SELECT city, amount FROM orders; DROP VIEW IF EXISTS v; DROP TABLE carts;",
  "SET 'table.exec.source.idle-timeout' = '1 s'; RESET 'table.exec.source.idle-timeout'; RESET;",
  "SELECT JSON_VALUE(city, '$.a' RETURNING INT DEFAULT 1 ON EMPTY NULL ON ERROR), JSON_QUERY(city, '$.a' WITH WRAPPER EMPTY ARRAY ON EMPTY), JSON_EXISTS(city, '$.a' TRUE ON ERROR), JSON_OBJECT(KEY 'a' VALUE JSON_ARRAY(1, 2 NULL ON NULL) ABSENT ON NULL), city IS NOT JSON ARRAY FROM orders;",
  "BEGIN STATEMENT SET; INSERT INTO big_orders SELECT order_id, city, amount FROM orders; END; VALUES (1, 'a'), (2, 'b');",
  'WITH x (a) AS (SELECT city FROM orders), y AS (SELECT a FROM x) SELECT * FROM x JOIN y ON x.a = y.a ORDER BY 1 LIMIT 5;',
  "CREATE TABLE IF NOT EXISTS copy (note STRING COMMENT 'n', WATERMARK FOR ts AS ts) COMMENT 'c' PARTITIONED BY (city) WITH ('topic' = 'x') LIKE orders (EXCLUDING WATERMARKS INCLUDING OPTIONS);",
  "CREATE TABLE made (city, n) WITH ('connector' = 'print') AS SELECT city, COUNT(*) AS n FROM orders GROUP BY city; CREATE OR REPLACE TABLE made WITH ('connector' = 'print') AS TABLE orders;",
  "ALTER TABLE orders ADD (a INT FIRST, b AS amount + 1 AFTER city, PRIMARY KEY (order_id) NOT ENFORCED); ALTER TABLE IF EXISTS orders MODIFY status STRING COMMENT 'x' AFTER city; ALTER TABLE orders DROP (a, b);",
  "ALTER TABLE orders SET ('topic' = 'x', 'format' = 'csv'); ALTER TABLE orders RESET ('topic'); ALTER TABLE orders RENAME city TO town; ALTER TABLE orders RENAME TO others; ALTER TABLE orders DROP WATERMARK; ALTER VIEW v AS SELECT 1;",
  "USE CATALOG default_catalog; USE default_database; SHOW CATALOGS; SHOW CURRENT DATABASE; SHOW COLUMNS FROM default_database.orders NOT LIKE 'a%'; DROP TEMPORARY FUNCTION IF EXISTS f; EXECUTE INSERT INTO big_orders TABLE orders;",
  "INSERT INTO big_orders /*+ OPTIONS('sink.partitioner' = 'fixed') */ SELECT /*+ STATE_TTL('o' = '1 d', 'p' = '1 d') */ o.order_id, city, paid FROM orders /*+ OPTIONS('topic' = 'x') */ AS o JOIN payments AS p ON o.order_id = p.order_id;",
  'SELECT c.city, l.amount, SUM(l.amount) OVER (w ROWS 2 PRECEDING) FROM orders AS c LEFT JOIN LATERAL (SELECT amount, ts FROM orders AS o WHERE o.city = c.city ORDER BY amount LIMIT 2) AS l ON TRUE WHERE c.amount >= ALL (SELECT paid FROM payments) AND c.city <> SOME (SELECT city FROM big_orders) WINDOW w AS (PARTITION BY c.city ORDER BY c.ts);',
  'SELECT * FROM orders NATURAL FULL OUTER JOIN payments; SELECT RANK() OVER (PARTITION BY city ORDER BY ts) FROM orders FETCH FIRST ROW ONLY;',
];
