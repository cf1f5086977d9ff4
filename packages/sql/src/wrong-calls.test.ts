import { describe, it } from 'vitest';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const CASES: readonly WrongStatement[] = [
  // patterns are read while they are written
  ["SELECT REGEXP(city, «'[a'») FROM orders", 'sql.invalid-literal', "'[a' is no regular expression: a [ has no ]."],
  ["SELECT REGEXP_REPLACE(city, «'a++'», 'b') FROM orders", 'sql.invalid-literal', "'a++' is no regular expression: ++ is possessive: write +."],
  ["SELECT REGEXP_EXTRACT_ALL(city, «'(?>a)'») FROM orders", 'sql.invalid-literal', "'(?>a)' is no regular expression: (?>...) is atomic: write (?:...)."],
  ["SELECT REGEXP_SUBSTR(city, «'*'») FROM orders", 'sql.invalid-literal', "'*' is no regular expression: nothing stands before *."],
  ["SELECT * FROM orders WHERE city SIMILAR TO «'(a'»", 'sql.invalid-literal', "'(a' is no pattern of SIMILAR TO: its brackets or counts do not fit together."],
  ["SELECT * FROM orders WHERE «amount» NOT SIMILAR TO 'a'", 'sql.type-mismatch', 'SIMILAR TO compares STRING values, not DECIMAL(10, 2): use CAST(... AS STRING).'],
  ["SELECT * FROM orders WHERE city SIMILAR «'a'»", 'sql.syntax', "Expected TO but found 'a'."],
  ["SELECT DATE_FORMAT(ts, «'YYYY-MM-dd'») FROM orders", 'sql.invalid-literal', "'YYYY-MM-dd' is no date format: Y is the year of the week: write yyyy."],
  ["SELECT TO_TIMESTAMP(city, «'yyyy-MM-dd''T'») FROM orders", 'sql.invalid-literal', "'yyyy-MM-dd'T' is no date format: a quote has no end."],
  ["SELECT FROM_UNIXTIME(order_id, «'yyyy-MM-dd [HH'») FROM orders", 'sql.invalid-literal', "'yyyy-MM-dd [HH' is no date format: a [ has no ]."],
  // points in time
  ["SELECT CONVERT_TZ(city, 'UTC', «'Europe/Berln'») FROM orders", 'sql.invalid-literal', "There is no time zone 'Europe/Berln': names are such as 'UTC', 'Europe/Berlin' or '+05:30'."],
  ["SELECT ts AT TIME ZONE «'Mars'» FROM orders", 'sql.invalid-literal', "There is no time zone 'Mars': names are such as 'UTC', 'Europe/Berlin' or '+05:30'."],
  ["SELECT «city» AT TIME ZONE 'UTC' FROM orders", 'sql.type-mismatch', 'AT TIME ZONE takes a TIMESTAMP or TIMESTAMP_LTZ, not STRING: use CAST.'],
  ["SELECT ts AT TIME ZONE «1» FROM orders", 'sql.type-mismatch', "A time zone is a name such as 'Europe/Berlin', not INT."],
  ["SELECT «(amount, amount)» OVERLAPS (ts, ts) FROM orders", 'sql.type-mismatch', 'OVERLAPS compares two periods: (start, end) OVERLAPS (start, end), or an INTERVAL for an end.'],
  ["SELECT «(ts, amount)» OVERLAPS (ts, ts) FROM orders", 'sql.type-mismatch', 'A period ends at a time or after an INTERVAL, not DECIMAL(10, 2).'],
  ["SELECT EXTRACT(«FORTNIGHT» FROM ts) FROM orders", 'sql.syntax', 'Expected a time unit such as HOUR but found FORTNIGHT.'],
  ["SELECT FLOOR(CAST(ts AS DATE) TO «HOUR») FROM orders", 'sql.wrong-arguments', 'FLOOR of DATE takes DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM.'],
  ["SELECT CEIL(CAST(ts AS TIME) TO «DAY») FROM orders", 'sql.wrong-arguments', 'CEIL of TIME(0) takes MILLISECOND, SECOND, MINUTE, HOUR.'],
  ["SELECT TO_TIMESTAMP_LTZ(1, «10») FROM orders", 'sql.wrong-arguments', 'The precision of TO_TIMESTAMP_LTZ is a number from 0 to 9: 0 for seconds, 3 for milliseconds, 6 for microseconds, 9 for nanoseconds.'],
  ["SELECT TO_TIMESTAMP_LTZ(1, «order_id») FROM orders", 'sql.wrong-arguments', 'The precision of TO_TIMESTAMP_LTZ is a number from 0 to 9: 0 for seconds, 3 for milliseconds, 6 for microseconds, 9 for nanoseconds.'],
  // aggregates
  ["SELECT JSON_OBJECTAGG(«amount» VALUE city) FROM orders", 'sql.type-mismatch', 'The key of JSON_OBJECTAGG is STRING, not DECIMAL(10, 2): use CAST.'],
  ["SELECT JSON_OBJECTAGG(city «)» FROM orders", 'sql.syntax', 'Expected VALUE and a value but found ).'],
  ["SELECT «JSON_ARRAYAGG(city, amount)» FROM orders", 'sql.wrong-arguments', 'JSON_ARRAYAGG takes 1 argument, not 2.'],
  ["SELECT city FROM orders WHERE «JSON_ARRAYAGG(city)» IS NULL", 'sql.invalid-aggregate', 'JSON_ARRAYAGG is an aggregate: it may stand in SELECT and HAVING of a query with GROUP BY.'],
  ["SELECT PERCENTILE(amount, «ARRAY[0.5, 2]») FROM orders", 'sql.type-mismatch', 'The percentage of PERCENTILE is a number from 0 to 1: 0.95, or ARRAY[0.5, 0.95].'],
  ["SELECT PERCENTILE(amount, 0.5, «amount») FROM orders", 'sql.type-mismatch', 'How often a value counts in PERCENTILE is a whole number, not DECIMAL(10, 2): use CAST.'],
  ["SELECT «SUM(amount, amount)» FROM orders", 'sql.wrong-arguments', 'SUM takes 1 argument, not 2.'],
  ["SELECT FIRST_VALUE(city «RESPECT NULLS») FROM orders", 'sql.unsupported', 'FIRST_VALUE leaves NULLs out: only ARRAY_AGG takes RESPECT NULLS.'],
  ["SELECT UPPER(city «IGNORE NULLS») FROM orders", 'sql.syntax', 'IGNORE NULLS stands in aggregates only.'],
  ["SELECT CURRENT_WATERMARK(«placed») FROM (SELECT ts + INTERVAL '1' DAY AS placed FROM orders)", 'sql.wrong-arguments', 'CURRENT_WATERMARK takes the event-time column of the rows, the one of WATERMARK FOR.'],
  ["SELECT MAX(«CURRENT_WATERMARK(ts)») FROM orders", 'sql.unsupported', 'CURRENT_WATERMARK stands in WHERE, and in SELECT without GROUP BY, over one table: filter in FROM (SELECT ...).'],
  // the rest
  ["SELECT «PRINTF()» FROM orders", 'sql.wrong-arguments', 'PRINTF takes 1 or more arguments, not 0.'],
  ["SELECT PRINTF(«amount») FROM orders", 'sql.type-mismatch', 'Argument 1 of PRINTF is STRING, not DECIMAL(10, 2): use CAST.'],
  ["SELECT STARTSWITH(«city», X'01') FROM orders", 'sql.type-mismatch', 'Argument 1 of STARTSWITH is BYTES, not STRING: use CAST.'],
  ["SELECT JSON_QUERY(city, '$' RETURNING «INT») FROM orders", 'sql.type-mismatch', 'JSON_QUERY returns STRING or ARRAY<STRING>; cast what is inside.'],
  ["SELECT «GROUP_ID(city)», city FROM orders GROUP BY city", 'sql.wrong-arguments', 'GROUP_ID takes no arguments, not 1.'],
]; // biome-ignore format: a table

describe('a call that cannot be is told once, at its place, in words that say what to do', () => {
  it.each(CASES)('%s', (...statement) => {
    expectTold(DEMO_TABLES, statement);
  });
});
