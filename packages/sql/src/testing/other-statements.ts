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
];
