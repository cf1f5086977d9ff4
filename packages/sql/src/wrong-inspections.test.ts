import { describe, it } from 'vitest';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const CASES: readonly WrongStatement[] = [
  ['EXPLAIN«»', 'sql.syntax', 'Expected a query, INSERT INTO or STATEMENT SET but found the end of the text.'],
  ['EXPLAIN «CREATE» TABLE t (a INT)', 'sql.syntax', 'Expected a query, INSERT INTO or STATEMENT SET but found CREATE.'],
  ['EXPLAIN «SELEC» city FROM orders', 'sql.syntax', 'Expected a query, INSERT INTO or STATEMENT SET but found SELEC. Did you mean SELECT?'],
  ['EXPLAIN SELECT «citty» FROM orders', 'sql.unknown-column', 'No column citty. Did you mean city?'],
  ['EXPLAIN INSERT INTO «big_order» SELECT order_id, city, amount FROM orders', 'sql.unknown-table', 'No table big_order. Did you mean big_orders?'],
  ['EXPLAIN STATEMENT SET «INSERT» INTO big_orders SELECT 1', 'sql.syntax', 'Expected BEGIN but found INSERT.'],
  ['SHOW«»', 'sql.syntax', 'Expected TABLES, VIEWS, FUNCTIONS, CREATE TABLE or CREATE VIEW but found the end of the text.'],
  ['SHOW «TABELS»', 'sql.syntax', 'Expected TABLES, VIEWS, FUNCTIONS, CREATE TABLE or CREATE VIEW but found TABELS. Did you mean TABLES?'],
  ['SHOW «DATABASES»', 'sql.unsupported', 'SHOW DATABASES is not supported yet; use SHOW TABLES, SHOW VIEWS, SHOW FUNCTIONS or DESCRIBE t.'],
  ['SHOW CREATE «orders»', 'sql.syntax', 'Expected TABLE or VIEW but found orders.'],
  ['SHOW CREATE TABLE «ordrs»', 'sql.unknown-table', 'No table or view ordrs. Did you mean orders?'],
  ['SHOW TABLES «IN» x', 'sql.syntax', 'Expected ; or the end of the statement but found IN.'],
  ['DESCRIBE«»', 'sql.syntax', 'Expected a table name but found the end of the text.'],
  ['DESCRIBE «nothing_like_it»', 'sql.unknown-table', 'No table or view nothing_like_it. Declare it before this statement.'],
  ['DESC «oders»', 'sql.unknown-table', 'No table or view oders. Did you mean orders?'],
  ['DESCRIBE «EXTENDED» orders', 'sql.unsupported', 'DESCRIBE EXTENDED is not supported yet; write DESCRIBE t.'],
  ['DROP «orders»', 'sql.syntax', 'Expected TABLE or VIEW but found orders.'],
  ['DROP «TABEL» orders', 'sql.syntax', 'Expected TABLE or VIEW but found TABEL. Did you mean TABLE?'],
  ['DROP VIEW «orders»', 'sql.unknown-table', 'orders is a table: write DROP TABLE orders.'],
  ['DROP TABLE «nothing_like_it»', 'sql.unknown-table', 'No table or view nothing_like_it. Declare it before this statement.'],
  ['«DROP» DATABASE d', 'sql.unsupported', 'DROP DATABASE is not supported yet; use DROP TABLE or DROP VIEW.'],
  ['«ALTER» TABLE orders ADD x INT', 'sql.unsupported', 'ALTER is not supported yet; change the CREATE statement.'],
  ['RESET «table.exec»', 'sql.syntax', "The name of a setting stands in quotes: RESET 'table.exec'."],
  ['«SET»', 'sql.unsupported', "SET alone is not supported yet; write SET 'key' = 'value'."],
  ['«USE» db', 'sql.unsupported', 'USE is not supported yet; remove the statement.'],
  ['«TRUNCATE» TABLE orders', 'sql.unsupported', 'TRUNCATE is not supported yet; a streaming job only inserts.'],
  ["«UPDATE» orders SET city = 'x'", 'sql.unsupported', 'UPDATE is not supported yet; a streaming job only inserts.'],
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
