import { describe, it } from 'vitest';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const CASES: readonly WrongStatement[] = [
  ["EXPLAIN «CREATE TABLE t (a INT) WITH ('connector' = 'print')»", 'sql.syntax', 'EXPLAIN takes CREATE TABLE with AS and a query: a declaration alone runs nothing.'],
  ["EXPLAIN CREATE TABLE t (city INT) WITH ('connector' = 'print') AS SELECT «city» FROM orders", 'sql.sink-mismatch', 'Column city of t is INT, but column 1 of the query is STRING: use CAST(... AS INT).'],
  ['EXPLAIN«»', 'sql.syntax', 'Expected a query, INSERT INTO or STATEMENT SET but found the end of the text.'],
  ['EXPLAIN «SELEC» city FROM orders', 'sql.syntax', 'Expected a query, INSERT INTO or STATEMENT SET but found SELEC. Did you mean SELECT?'],
  ['EXPLAIN SELECT «citty» FROM orders', 'sql.unknown-column', 'No column citty. Did you mean city?'],
  ['EXPLAIN INSERT INTO «big_order» SELECT order_id, city, amount FROM orders', 'sql.unknown-table', 'No table big_order. Did you mean big_orders?'],
  ['EXPLAIN STATEMENT SET «INSERT» INTO big_orders SELECT 1', 'sql.syntax', 'Expected BEGIN but found INSERT.'],
  ['SHOW«»', 'sql.syntax', 'Expected TABLES, VIEWS, FUNCTIONS, COLUMNS, CREATE TABLE or CREATE VIEW but found the end of the text.'],
  ['SHOW «TABELS»', 'sql.syntax', 'Expected TABLES, VIEWS, FUNCTIONS, COLUMNS, CREATE TABLE or CREATE VIEW but found TABELS. Did you mean TABLES?'],
  ['SHOW «JOBS»', 'sql.unsupported', 'SHOW JOBS is not supported yet; the jobs are on the page Jobs.'],
  ['SHOW COLUMNS «orders»', 'sql.syntax', 'Expected FROM and a table but found orders.'],
  ['SHOW TABLES NOT «x»', 'sql.syntax', 'Expected LIKE but found x.'],
  ['SHOW CREATE «orders»', 'sql.syntax', 'Expected TABLE or VIEW but found orders.'],
  ['SHOW CREATE TABLE «ordrs»', 'sql.unknown-table', 'No table or view ordrs. Did you mean orders?'],
  ['SHOW TABLES IN «x»', 'sql.unsupported', 'There is no database x: a script declares all its tables in default_catalog.default_database.'],
  ['DESCRIBE«»', 'sql.syntax', 'Expected a table name but found the end of the text.'],
  ['DESCRIBE «nothing_like_it»', 'sql.unknown-table', 'No table or view nothing_like_it. Declare it before this statement.'],
  ['DESC «oders»', 'sql.unknown-table', 'No table or view oders. Did you mean orders?'],
  ["DESCRIBE «JOB» 'x'", 'sql.unsupported', 'DESCRIBE JOB is not supported yet; write DESCRIBE and a table.'],
  ['DROP «orders»', 'sql.syntax', 'Expected TABLE, VIEW or FUNCTION but found orders.'],
  ['DROP «TABEL» orders', 'sql.syntax', 'Expected TABLE, VIEW or FUNCTION but found TABEL. Did you mean TABLE?'],
  ['DROP VIEW «orders»', 'sql.unknown-table', 'orders is a table: write DROP TABLE orders.'],
  ['DROP TABLE «nothing_like_it»', 'sql.unknown-table', 'No table or view nothing_like_it. Declare it before this statement.'],
  ['«DROP DATABASE» d', 'sql.unsupported', 'DROP DATABASE is not supported yet; use DROP TABLE, DROP VIEW or DROP FUNCTION.'],
  ['DROP FUNCTION «f»', 'sql.unknown-function', 'No function f. Only what CREATE FUNCTION declared can be dropped.'],
  ['RESET «table.exec»', 'sql.syntax', "The name of a setting stands in quotes: RESET 'table.exec'."],
  ['USE «db»', 'sql.unsupported', 'There is no database db: a script declares all its tables in default_catalog.default_database.'],
  ['USE CATALOG «hive»', 'sql.unsupported', 'There is no catalog hive: a script declares all its tables in default_catalog.default_database.'],
  ['«TRUNCATE» TABLE orders', 'sql.unsupported', 'TRUNCATE needs a batch job, in Flink too: empty the table where it is.'],
  ["«UPDATE» orders SET city = 'x'", 'sql.unsupported', 'UPDATE needs a batch job, in Flink too: a stream changes rows by an INSERT INTO a table with a PRIMARY KEY.'],
  ['SELECT city FROM orders WHERE amount «==» 1', 'sql.syntax', 'SQL has no ==: write =.'],
  ['SELECT city FROM orders WHERE amount > 1 «&&» amount < 5', 'sql.syntax', 'SQL has no &&: write AND.'],
  ["SELECT ts + INTERVAL «'5 minutes'» FROM orders", 'sql.syntax', "The unit of INTERVAL stands behind the quotes: INTERVAL '5' MINUTE."],
  ["SELECT «NVL»(city, 'x') FROM orders", 'sql.unknown-function', 'No function NVL: here it is COALESCE.'],
  ["SELECT «DATE_TRUNC»('hour', ts) FROM orders", 'sql.unknown-function', 'No function DATE_TRUNC: here it is FLOOR(time TO HOUR).'],
  ["SELECT «TO_CHAR»(ts, 'YYYY') FROM orders", 'sql.unknown-function', "No function TO_CHAR: here it is DATE_FORMAT(time, 'yyyy-MM-dd HH:mm:ss')."],
]; // biome-ignore format: a table

describe('a wrong statement is told at its place, with the remedy', () => {
  it.each(CASES)('%s', (...wrong) => expectTold(DEMO_TABLES, wrong));
});
