import { describe, it } from 'vitest';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const CASES: readonly WrongStatement[] = [
  ["SELECT «JSON_VALUE(city)» FROM orders", 'sql.wrong-arguments', 'JSON_VALUE takes 2 arguments, not 1.'],
  ["SELECT «JSON_VALUE(city, '$.a', 'x')» FROM orders", 'sql.wrong-arguments', 'JSON_VALUE takes 2 arguments, not 3.'],
  ["SELECT JSON_VALUE(«amount», '$.a') FROM orders", 'sql.type-mismatch', 'Argument 1 of JSON_VALUE is STRING, not DECIMAL(10, 2): use CAST.'],
  ["SELECT JSON_VALUE(city, '$.a' «NOTHING» ON EMPTY) FROM orders", 'sql.syntax', 'Expected RETURNING, NULL, ERROR or DEFAULT ... ON EMPTY or ON ERROR, or ) but found NOTHING.'],
  ["SELECT JSON_VALUE(city, '$.a' NULL ON «EMTPY») FROM orders", 'sql.syntax', 'Expected EMPTY or ERROR but found EMTPY. Did you mean EMPTY?'],
  ["SELECT JSON_VALUE(city, '$.a' DEFAULT 0 «EMPTY») FROM orders", 'sql.syntax', 'Expected ON but found EMPTY.'],
  ["SELECT JSON_VALUE(city, '$.a' RETURNING «INTT») FROM orders", 'sql.syntax', 'Expected a type such as INT or STRING but found INTT. Did you mean INT?'],
  ["SELECT JSON_QUERY(city, '$.a' WITH «WRAPER») FROM orders", 'sql.syntax', 'Expected WRAPPER but found WRAPER. Did you mean WRAPPER?'],
  ["SELECT JSON_QUERY(city, '$.a' EMPTY «LIST» ON EMPTY) FROM orders", 'sql.syntax', 'Expected ARRAY or OBJECT but found LIST.'],
  ["SELECT JSON_EXISTS(city, '$.a' TRUE ON «EMPTY») FROM orders", 'sql.syntax', 'Expected ERROR but found EMPTY.'],
  ["SELECT JSON_OBJECT(«city» VALUE 1) FROM orders", 'sql.syntax', "Expected a key in quotes such as 'city' but found city: write 'city'."],
  ["SELECT JSON_OBJECT('a' «1») FROM orders", 'sql.syntax', 'Expected VALUE and a value but found 1.'],
  ["SELECT JSON_OBJECT('a' VALUE «citty») FROM orders", 'sql.unknown-column', 'No column citty. Did you mean city?'],
  ["SELECT JSON_ARRAY(1, 2 «NUL» ON NULL) FROM orders", 'sql.syntax', 'Expected , or ) but found NUL.'],
  ["SELECT «amount» IS JSON FROM orders", 'sql.type-mismatch', 'IS JSON tests a STRING, not DECIMAL(10, 2): use CAST.'],
  ["SELECT city IS «JSN» FROM orders", 'sql.syntax', 'Expected NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM but found JSN. Did you mean JSON?'],
  ["SELECT «CONVERT_TZ(city, 'UTC')» FROM orders", 'sql.wrong-arguments', 'CONVERT_TZ takes 3 arguments, not 2.'],
  ["SELECT CEIL(ts TO «'HOUR'») FROM orders", 'sql.syntax', "Expected a time unit such as HOUR but found 'HOUR'."],
  ["SELECT LOCATE('a', city, «'x'») FROM orders", 'sql.type-mismatch', 'Argument 3 of LOCATE is INT, not STRING: use CAST.'],
]; // biome-ignore format: a table

describe('a wrong call of the JSON and time functions is told at its place', () => {
  it.each(CASES)('%s', (...wrong) => expectTold(DEMO_TABLES, wrong));
});
