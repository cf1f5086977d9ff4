import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const CASES: readonly WrongStatement[] = [
  [
    'SELECT «city», COUNT(*) FROM orders',
    'sql.invalid-aggregate',
    'city is neither in GROUP BY nor inside an aggregate.',
  ],
  [
    "SELECT COUNT(*) FROM orders HAVING «city» = 'x'",
    'sql.invalid-aggregate',
    'city is neither in GROUP BY nor inside an aggregate.',
  ],
  [
    'SELECT city FROM orders ORDER BY «city»',
    'sql.unsupported',
    'A stream has no end to sort at: ORDER BY the event-time column first, or add LIMIT to keep the first rows.',
  ],
  ['SELECT city FROM orders ORDER BY «7»', 'sql.unknown-column', 'ORDER BY 7: the query has the columns 1 to 1.'],
  ['SELECT city FROM orders OFFSET «5»', 'sql.unsupported', 'OFFSET needs a LIMIT: a stream goes on for ever.'],
  ['SELECT city FROM orders LIMIT «x»', 'sql.syntax', 'Expected a number of rows but found x.'],
  [
    '«SELECT ROW_NUMBER() OVER (PARTITION BY city ORDER BY amount) FROM orders»',
    'sql.unsupported',
    'ROW_NUMBER() numbers rows anew with every change: keep the first ones with WHERE rownum <= 10 in a query around it, or order by time.',
  ],
  [
    'SELECT ROW_NUMBER() «OVER (PARTITION BY city)» FROM orders',
    'sql.invalid-window',
    'ROW_NUMBER() needs an order: OVER (ORDER BY ...).',
  ],
  [
    'SELECT «RANK»() OVER (ORDER BY amount DESC) FROM orders',
    'sql.unsupported',
    'RANK() is ordered by the event time, in streams of Flink too: for places in another order use ROW_NUMBER().',
  ],
  ['SELECT «DENSE_RANK(ts) OVER (ORDER BY ts)» FROM orders', 'sql.wrong-arguments', 'DENSE_RANK() takes no arguments.'],
  [
    'SELECT «NTILE»(2) OVER (ORDER BY ts) FROM orders',
    'sql.unsupported',
    'NTILE() is not supported, in streams of Flink neither: a stream does not know the rows that follow; rank the rows so far with RANK() OVER (...).',
  ],
  [
    'SELECT «LEAD»(amount) OVER (ORDER BY ts) FROM orders',
    'sql.unsupported',
    'LEAD() is not supported, in streams of Flink neither: a stream does not know the rows that follow; use LAG.',
  ],
  [
    'SELECT SUM(amount) OVER (PARTITION BY city ORDER BY «amount») FROM orders',
    'sql.invalid-window',
    'SUM OVER is ordered by the event-time column (or PROCTIME()): OVER (PARTITION BY ... ORDER BY time).',
  ],
  [
    'SELECT SUM(amount) OVER (ORDER BY «ts DESC») FROM orders',
    'sql.invalid-window',
    'OVER goes forward in time: ORDER BY the time ascending.',
  ],
  [
    "SELECT SUM(amount) OVER (ORDER BY ts ROWS BETWEEN «INTERVAL '1' HOUR» PRECEDING AND CURRENT ROW) FROM orders",
    'sql.invalid-window',
    'ROWS takes a whole number: ROWS BETWEEN 10 PRECEDING AND CURRENT ROW.',
  ],
  [
    'SELECT SUM(amount) OVER (ORDER BY ts RANGE BETWEEN «5» PRECEDING AND CURRENT ROW) FROM orders',
    'sql.invalid-window',
    "RANGE takes an interval: RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW.",
  ],
  [
    'SELECT SUM(amount) OVER (ORDER BY ts ROWS BETWEEN 5 PRECEDING AND «5» FOLLOWING) FROM orders',
    'sql.unsupported',
    'A frame ends at CURRENT ROW: a stream does not know the rows after it.',
  ],
  [
    'SELECT SUM(amount) OVER «w» FROM orders WINDOW v AS (ORDER BY ts)',
    'sql.unknown-table',
    'No window w in this SELECT. Declare it: WINDOW w AS (PARTITION BY ... ORDER BY ...).',
  ],
  [
    'SELECT «UPPER»(city) OVER (ORDER BY ts) FROM orders',
    'sql.invalid-aggregate',
    'UPPER cannot stand before OVER: use an aggregate, ROW_NUMBER or LAG.',
  ],
  [
    'SELECT city FROM orders WHERE «ROW_NUMBER() OVER (ORDER BY ts)» = 1',
    'sql.invalid-window',
    'OVER stands in the SELECT list of a query without GROUP BY: put it into FROM (SELECT ...) and use its column.',
  ],
  [
    'SELECT LAG(amount, «city») OVER (ORDER BY ts) FROM orders',
    'sql.type-mismatch',
    'How many rows back is a whole number: LAG(price, 1).',
  ],
  [
    "SELECT COUNT(*) FROM TABLE(SESSION(TABLE orders PARTITION BY «ctiy», DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.unknown-column',
    'No column ctiy. Did you mean city?',
  ],
  [
    'SELECT COUNT(*) FROM orders «GROUP BY CUBE (order_id, city, shop_id, amount, status, ts, amount + 1)»',
    'sql.too-large',
    'GROUP BY has more than 64 grouping sets: list the ones you need with GROUPING SETS.',
  ],
  [
    'SELECT PERCENTILE(amount, «2») FROM orders',
    'sql.type-mismatch',
    'The percentage of PERCENTILE is a number from 0 to 1: 0.95, or ARRAY[0.5, 0.95].',
  ],
  ['SELECT «PERCENTILE(amount)» FROM orders', 'sql.wrong-arguments', 'PERCENTILE takes 2 or 3 arguments, not 1.'],
  [
    'SELECT LISTAGG(city, «status») FROM orders',
    'sql.type-mismatch',
    "The separator of LISTAGG is a text in quotes: ', '.",
  ],
  ['SELECT LISTAGG(«amount») FROM orders', 'sql.type-mismatch', 'LISTAGG takes STRING, not DECIMAL(10, 2): use CAST.'],
  ['SELECT «citty» FROM orders', 'sql.unknown-column', 'No column citty. Did you mean city?'],
  ['SELECT city, «shopid» FROM orders', 'sql.unknown-column', 'No column shopid. Did you mean shop_id?'],
  ['SELECT «o».city FROM orders', 'sql.unknown-table', 'No table o in FROM.'],
  ['SELECT «City» FROM orders', 'sql.unknown-column', 'No column City. Did you mean city?'],
  ['SELECT * FROM «order_s»', 'sql.unknown-table', 'No table order_s. Did you mean orders?'],
  ['SELECT «x».* FROM orders', 'sql.unknown-table', 'No table x in FROM.'],
  ["SELECT city FROM orders WHERE «UPER»(city) = 'A'", 'sql.unknown-function', 'No function UPER. Did you mean UPPER?'],
  ['SELECT «FOO»(city) FROM orders', 'sql.unknown-function', 'No function FOO.'],
  ['SELECT city FROM orders WHERE «city»', 'sql.type-mismatch', 'WHERE is a condition (BOOLEAN), not STRING.'],
  [
    'SELECT city FROM orders WHERE «city = 1»',
    'sql.type-mismatch',
    'STRING cannot be compared with INT: use CAST to make both one type.',
  ],
  [
    "SELECT city FROM orders WHERE «amount + 'x'» > 1",
    'sql.type-mismatch',
    'DECIMAL(10, 2) + STRING is not defined: use CAST to make both numbers. To join texts use ||.',
  ],
  [
    'SELECT «city + status» FROM orders',
    'sql.type-mismatch',
    'STRING + STRING is not defined: use CAST to make both numbers. To join texts use ||.',
  ],
  [
    'SELECT UPPER(«amount») FROM orders',
    'sql.type-mismatch',
    'Argument 1 of UPPER is STRING, not DECIMAL(10, 2): use CAST.',
  ],
  ['SELECT «UPPER()» FROM orders', 'sql.wrong-arguments', 'UPPER takes 1 argument, not 0.'],
  ['SELECT «SUBSTRING(city)» FROM orders', 'sql.wrong-arguments', 'SUBSTRING takes 2 to 3 arguments, not 1.'],
  [
    'SELECT city || «amount» FROM orders',
    'sql.type-mismatch',
    '|| joins STRING values, not DECIMAL(10, 2): use CAST(... AS STRING).',
  ],
  [
    "SELECT CASE WHEN amount > 1 THEN 'a' ELSE «1» END FROM orders",
    'sql.type-mismatch',
    'CASE mixes STRING and INT: use CAST to make them one type.',
  ],
  ['SELECT «CAST(ts AS INT)» FROM orders', 'sql.type-mismatch', 'TIMESTAMP(3) cannot be cast to INT.'],
  [
    'SELECT CAST(city AS «INTT») FROM orders',
    'sql.syntax',
    'Expected a type such as INT or STRING but found INTT. Did you mean INT?',
  ],
  ['SELECT CAST(city AS DECIMAL(«40»)) FROM orders', 'sql.invalid-type', 'The precision of DECIMAL is 1 to 38.'],
  [
    'SELECT CAST(city AS DECIMAL(5, «6»)) FROM orders',
    'sql.invalid-type',
    'The scale of DECIMAL is 0 to its precision, here 5.',
  ],
  [
    'SELECT COALESCE(city, «1») FROM orders',
    'sql.type-mismatch',
    'COALESCE mixes STRING and INT: use CAST to make them one type.',
  ],
  [
    "SELECT city FROM orders WHERE amount BETWEEN 1 AND «'x'»",
    'sql.type-mismatch',
    'DECIMAL(10, 2) cannot be compared with STRING: use CAST to make both one type.',
  ],
  [
    "SELECT city FROM orders WHERE shop_id IN (1, «'x'»)",
    'sql.type-mismatch',
    'BIGINT cannot be compared with STRING: use CAST to make both one type.',
  ],
  [
    "SELECT city FROM orders WHERE «amount» LIKE 'x'",
    'sql.type-mismatch',
    'LIKE compares STRING values, not DECIMAL(10, 2): use CAST(... AS STRING).',
  ],
  ["SELECT city FROM orders WHERE city LIKE 'a' ESCAPE «'ab'»", 'sql.invalid-literal', 'ESCAPE takes one character.'],
  ["SELECT city FROM orders WHERE «ts > '2026-13-01'»", 'sql.invalid-literal', "'2026-13-01' is no TIMESTAMP(3)."],
  [
    "SELECT DATE «'2026-02-30'» FROM orders",
    'sql.invalid-literal',
    "'2026-02-30' is no DATE: write for example DATE '2026-11-24'.",
  ],
  [
    "SELECT ts + INTERVAL «'x'» MINUTE FROM orders",
    'sql.invalid-literal',
    "'x' is not a value of this interval: write for example INTERVAL '5' MINUTE.",
  ],
  [
    "SELECT ts + INTERVAL '5' «MINUT» FROM orders",
    'sql.syntax',
    'Expected a time unit such as SECOND or MINUTE but found MINUT. Did you mean MINUTE?',
  ],
  [
    'SELECT ts + INTERVAL «1.5» SECOND FROM orders',
    'sql.syntax',
    "Parts of a unit stand in quotes: INTERVAL '1.5' SECOND.",
  ],
  [
    'SELECT «ts - ts» FROM orders',
    'sql.type-mismatch',
    'The difference of two times has a unit: (later - earlier) DAY TO SECOND, or TIMESTAMPDIFF(SECOND, earlier, later).',
  ],
  [
    'SELECT «12345678901234567890123456789012345678901» FROM orders',
    'sql.invalid-literal',
    'A number has at most 38 digits: use a DOUBLE such as 1e40.',
  ],
  ["SELECT «X'abc'» FROM orders", 'sql.invalid-literal', "X'...' holds pairs of hexadecimal digits."],
  [
    'SELECT EXTRACT(«HOUUR» FROM ts) FROM orders',
    'sql.syntax',
    'Expected a time unit such as HOUR but found HOUUR. Did you mean HOUR?',
  ],
  [
    'SELECT city FROM orders WHERE «COUNT(*)» > 1',
    'sql.invalid-aggregate',
    'COUNT is an aggregate: it may stand in SELECT and HAVING of a query with GROUP BY.',
  ],
  [
    'SELECT city FROM orders UNION ALL «SELECT city, amount FROM big_orders»',
    'sql.type-mismatch',
    'UNION ALL needs equal numbers of columns: the first query has 1, this one 2.',
  ],
  [
    'SELECT city FROM orders UNION ALL «SELECT order_id FROM big_orders»',
    'sql.type-mismatch',
    'Column 1 (city) of UNION ALL mixes STRING and BIGINT: use CAST.',
  ],
  ['SELECT city orders «city» FROM orders', 'sql.syntax', 'Expected , or FROM but found city.'],
  [
    'SELECT city FROM orders «WERE» amount > 1',
    'sql.syntax',
    'Expected JOIN, WHERE, GROUP BY or the end of the query but found WERE. Did you mean WHERE?',
  ],
  ['SELECT city«,» FROM orders', 'sql.syntax', 'Nothing follows this comma: remove it.'],
  ['SELECT city «FORM» orders', 'sql.syntax', 'Expected , or FROM but found FORM. Did you mean FROM?'],
  ['SELECT (city «FROM» orders', 'sql.syntax', 'Expected ) but found FROM.'],
  ['SELECT city FROM orders WHERE (amount > 1«»', 'sql.syntax', 'Expected ) but found the end of the text.'],
  ['SELECT city FROM orders WHERE amount >«»', 'sql.syntax', 'Expected an expression but found the end of the text.'],
  ['SELECT city FROM orders WHERE amount >«>» 1', 'sql.syntax', 'Expected an expression but found >.'],
  [
    'SELECT «"city"» FROM orders',
    'sql.syntax',
    "Double quotes mean nothing in Flink SQL: write 'text' for a string or `name` for a name.",
  ],
  ["SELECT city FROM orders WHERE city = «'x»", 'sql.syntax', "The string has no end: add the closing '."],
  [
    "SELECT city FROM orders WHERE city = «U&'a\\00G6'»",
    'sql.syntax',
    '\\ stands before four hexadecimal digits, such as \\00F6, or twice for itself.',
  ],
  [
    "SELECT city FROM orders WHERE city = U&'a#00F6' UESCAPE «'ab'»",
    'sql.syntax',
    'UESCAPE takes one character that is no digit, letter a to f, blank, plus or quote.',
  ],
  ['SELECT city FROM orders WHERE amount «!» 1', 'sql.syntax', 'Expected ; or the end of the statement but found !.'],
  [
    '«SELCT» city FROM orders',
    'sql.syntax',
    'Expected a statement such as SELECT, INSERT INTO or CREATE TABLE but found SELCT. Did you mean SELECT?',
  ],
  ['DROP TABLE «ordrs»', 'sql.unknown-table', 'No table or view ordrs. Did you mean orders?'],
  ['«ANALYZE» TABLE orders', 'sql.unsupported', 'ANALYZE needs a batch job, in Flink too: a stream has no statistics.'],
  [
    "SELECT city, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(«tss»), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city",
    'sql.unknown-column',
    'No column tss. Did you mean ts?',
  ],
  [
    "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(«order_id»), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.invalid-window',
    'order_id is not the event-time column: use ts.',
  ],
  [
    "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), «INTERVAL '0' MINUTE»)) GROUP BY window_start, window_end",
    'sql.invalid-window',
    'The size of TUMBLE is greater than zero.',
  ],
  [
    "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), «INTERVAL '1' MONTH»)) GROUP BY window_start, window_end",
    'sql.invalid-window',
    "The length of a window is an INTERVAL of days or less: INTERVAL '1' MINUTE.",
  ],
  [
    "SELECT COUNT(*) FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTE, «INTERVAL '5' MINUTE»)) GROUP BY window_start, window_end",
    'sql.invalid-window',
    'The size of HOP is a multiple of its slide: 300000 ms is not one of 120000 ms.',
  ],
  [
    "SELECT «status», COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city",
    'sql.invalid-aggregate',
    'status is neither in GROUP BY nor inside an aggregate.',
  ],
  [
    "SELECT SUM(«city») FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.type-mismatch',
    'SUM takes a number, not STRING: use CAST.',
  ],
  [
    "SELECT SUM(«COUNT(*)») FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.invalid-aggregate',
    'An aggregate inside SUM: aggregate in FROM (SELECT ...) first.',
  ],
  [
    "SELECT «*» FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    'sql.invalid-aggregate',
    '* has no meaning with GROUP BY: list the keys and aggregates.',
  ],
  [
    "SELECT «TUMBLE_START(ts, INTERVAL '2' MINUTE)» FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)",
    'sql.invalid-window',
    'TUMBLE_START names another window than GROUP BY: give it the same arguments.',
  ],
  [
    "SELECT COUNT(*) FROM big_orders GROUP BY TUMBLE(«order_id», INTERVAL '1' MINUTE)",
    'sql.invalid-window',
    "order_id is not the event-time column: declare WATERMARK FOR order_id AS order_id - INTERVAL '5' SECOND in the table and pass the column on unchanged.",
  ],
  [
    'INSERT INTO «big_order» SELECT order_id, city, amount FROM orders',
    'sql.unknown-table',
    'No table big_order. Did you mean big_orders?',
  ],
  [
    'INSERT INTO «big_orders» SELECT order_id, city FROM orders',
    'sql.sink-mismatch',
    'big_orders takes 3 columns (order_id, city, amount), but the query gives 2 (order_id, city).',
  ],
  [
    'INSERT INTO big_orders SELECT order_id, city, «status» FROM orders',
    'sql.sink-mismatch',
    'Column amount of big_orders is DECIMAL(10, 2), but column 3 of the query is STRING: use CAST(... AS DECIMAL(10, 2)).',
  ],
  [
    'INSERT INTO big_orders (order_id, «town», amount) SELECT order_id, city, amount FROM orders',
    'sql.unknown-column',
    'No column town. Columns: order_id, city, amount.',
  ],
  [
    'INSERT INTO big_orders (order_id, city, «city») SELECT order_id, city, amount FROM orders',
    'sql.duplicate-name',
    'city is listed twice.',
  ],
  [
    'INSERT INTO «city_gmv» (city) SELECT city FROM orders',
    'sql.sink-mismatch',
    'Column window_start of city_gmv is TIMESTAMP(3) NOT NULL: the INSERT must give it a value.',
  ],
  ['INSERT «big_orders» SELECT * FROM orders', 'sql.syntax', 'Expected INTO but found big_orders.'],
  [
    "CREATE TABLE t (a INT, «a» STRING) WITH ('connector'='print')",
    'sql.duplicate-name',
    'Column a is declared twice.',
  ],
  [
    "CREATE TABLE t (a «INTEGR») WITH ('connector'='print')",
    'sql.syntax',
    'Expected a type such as INT or STRING but found INTEGR. Did you mean INTEGER?',
  ],
  [
    "CREATE TABLE t (a «TIMESTAMP(10)») WITH ('connector'='print')",
    'sql.invalid-type',
    'The precision of TIMESTAMP is 0 to 9: use TIMESTAMP(9).',
  ],
  [
    "CREATE TABLE t (a «TIME(6)») WITH ('connector'='print')",
    'sql.invalid-type',
    'The precision of TIME is 0 to 3: use TIME(3).',
  ],
  [
    "CREATE TABLE t (a TIMESTAMP, WATERMARK FOR «a» AS a) WITH ('connector'='print')",
    'sql.type-mismatch',
    'The event time is TIMESTAMP(3) or TIMESTAMP_LTZ(3), but a is TIMESTAMP(6). Declare it TIMESTAMP(3), or add a column such as event_time AS CAST(a AS TIMESTAMP(3)).',
  ],
  ["CREATE TABLE t (a INT, b AS «c» + 1) WITH ('connector'='print')", 'sql.unknown-column', 'No column c. Columns: a.'],
  [
    "CREATE TABLE t (a INT, b AS a + 1, c AS «b + 1») WITH ('connector'='print')",
    'sql.invalid-table',
    'c is computed from b, which is computed too: repeat the expression of b.',
  ],
  [
    "CREATE TABLE t (a INT, WATERMARK FOR «a» AS a) WITH ('connector'='print')",
    'sql.type-mismatch',
    'The event time is TIMESTAMP(3) or TIMESTAMP_LTZ(3), but a is INT.',
  ],
  [
    "CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR «b» AS b) WITH ('connector'='print')",
    'sql.unknown-column',
    'No column b. Columns: a.',
  ],
  [
    "CREATE TABLE t (a TIMESTAMP(3), b BIGINT, WATERMARK FOR a AS «b») WITH ('connector'='print')",
    'sql.type-mismatch',
    "A watermark is TIMESTAMP(3), as a, not BIGINT: WATERMARK FOR a AS a - INTERVAL '5' SECOND.",
  ],
  [
    "CREATE TABLE t (a INT, «PRIMARY KEY (a)») WITH ('connector'='print')",
    'sql.syntax',
    'PRIMARY KEY is declared NOT ENFORCED: the outside system keeps it, not the job.',
  ],
  [
    "CREATE TABLE t (a INT, PRIMARY KEY («b») NOT ENFORCED) WITH ('connector'='print')",
    'sql.unknown-column',
    'No column b. Columns: a.',
  ],
  [
    "CREATE TABLE t (a INT) «WITH» ('topic'='x')",
    'sql.invalid-table',
    "Table t does not say where it is: add 'connector' = '...' to WITH (...).",
  ],
  [
    'CREATE TABLE «t» (a INT)',
    'sql.invalid-table',
    "Table t does not say where it is: add 'connector' = '...' to WITH (...).",
  ],
  [
    "CREATE TABLE t (a INT) WITH ('connector'='print', «'connector'»='kafka')",
    'sql.duplicate-name',
    "Option 'connector' is given twice.",
  ],
  [
    "CREATE TABLE t (a INT) WITH («connector»='print')",
    'sql.syntax',
    "Expected an option such as 'connector' but found connector: write 'connector'.",
  ],
  ["CREATE TABLE t (a INT«,») WITH ('connector'='print')", 'sql.syntax', 'Nothing follows this comma: remove it.'],
  ["CREATE TABLE t (a INT) WITH ('connector'='print'«,»)", 'sql.syntax', 'Nothing follows this comma: remove it.'],
  [
    "CREATE TABLE «orders» (a INT) WITH ('connector'='print')",
    'sql.duplicate-name',
    'orders is declared twice: give one of them another name.',
  ],
  [
    "CREATE TABLE t (a INT, «order» INT) WITH ('connector'='print')",
    'sql.syntax',
    'Expected a column name; ORDER is a reserved word: write `order`.',
  ],
  [
    "«CREATE FUNCTION f» AS 'com.acme.F' LANGUAGE JAVA",
    'sql.unsupported',
    'CREATE FUNCTION of a class is not supported yet; write it in JavaScript: RETURNS type LANGUAGE JAVASCRIPT AS $$ ... $$.',
  ],
  ["SET «table.exec» = 'x'", 'sql.syntax', "The name of a setting stands in quotes: SET 'table.exec' = '...'."],
  ['SELECT city FROM orders «#»', 'sql.syntax', 'Expected ; or the end of the statement but found #.'],
  [
    'EXECUTE STATEMENT SET BEGIN INSERT INTO big_orders SELECT order_id, «citi», amount FROM orders; END',
    'sql.unknown-column',
    'No column citi. Did you mean city?',
  ],
  [
    'CREATE VIEW v AS SELECT «x» FROM orders; SELECT * FROM v',
    'sql.unknown-column',
    'No column x. Columns: order_id, city, shop_id, amount, status, ts.',
  ],
  ['CREATE VIEW «v» (a, b) AS SELECT city FROM orders', 'sql.sink-mismatch', 'v names 2 columns, but its query has 1.'],
  [
    'WITH q AS (SELECT «x» FROM orders) SELECT * FROM q',
    'sql.unknown-column',
    'No column x. Columns: order_id, city, shop_id, amount, status, ts.',
  ],
  ['SELECT city FROM orders «GRUOP» BY city', 'sql.syntax', 'Expected GROUP BY but found GRUOP. Did you mean GROUP?'],
  [
    "CREATE TABLE t (a INT, b STRING «COMENT» 'x') WITH ('connector'='print')",
    'sql.syntax',
    'Expected , or ) after the column but found COMENT. Did you mean COMMENT?',
  ],
  [
    'SELECT «city» FROM (SELECT city, city FROM orders)',
    'sql.ambiguous-column',
    'More than one column is called city: give them aliases in the inner query.',
  ],
  [
    'INSERT INTO big_orders SELECT order_id, city, amount FROM orders «INSERT» INTO big_orders SELECT order_id, city, amount FROM orders',
    'sql.syntax',
    'Expected ; before INSERT.',
  ],
  [
    "SET 'table.local-time-zone' = «'Europe/Berln'»",
    'sql.invalid-setting',
    "There is no time zone 'Europe/Berln': write a name such as 'Europe/Berlin', or a distance from UTC such as '+05:30'.",
  ],
  [
    "CREATE TABLE x (a INT PRIMARY KEY NOT ENFORCED, b INT «PRIMARY» KEY NOT ENFORCED) WITH ('connector'='print')",
    'sql.duplicate-name',
    'A table has one PRIMARY KEY: put all its columns into one.',
  ],
  [
    "SELECT LAG(amount, 1, «'none'») OVER (ORDER BY ts) FROM orders",
    'sql.type-mismatch',
    'The default of LAG is DECIMAL(10, 2), as its value, not STRING.',
  ],
  [
    "SELECT order_id FROM orders WHERE «(city, status) = (1, 'x')»",
    'sql.type-mismatch',
    'STRING cannot be compared with INT: use CAST to make both one type.',
  ],
  [
    "SET 'table.exec.source.idle-timeout' = «'soon'»",
    'sql.invalid-setting',
    "'soon' is not a duration: write for example '10 s' or '500 ms'.",
  ],
  [
    'SELECT city FROM «db.orders»',
    'sql.unsupported',
    'There is no db here: a script declares all its tables in default_catalog.default_database; write orders alone.',
  ],
];

describe('every mistake is told once, at its place, in words that say what to do', () => {
  it.each(CASES)('%s', (...wrong) => expectTold(DEMO_TABLES, wrong));

  it('all mistakes of a script come out together, each at its own place', () => {
    const text = `${DEMO_TABLES}
SELECT citty, UPER(status), amount + 'x' FROM orders WHERE shopid = 1;
INSERT INTO nowhere SELECT city FROM orders;
SELCT 1;
CREATE TABLE t (a INTT, b STRING, b INT) WITH ('topic' = 'x');
INSERT INTO big_orders SELECT order_id, city, status FROM orders;`;
    const { diagnostics } = compile(text);
    expect(
      diagnostics.map(({ line, column, endColumn, code }) => `${line}:${column}-${endColumn} ${code}`),
    ).toMatchInlineSnapshot(`
      [
        "11:8-13 sql.unknown-column",
        "11:15-19 sql.unknown-function",
        "11:29-41 sql.type-mismatch",
        "11:60-66 sql.unknown-column",
        "13:1-6 sql.syntax",
        "14:19-23 sql.syntax",
        "14:35-36 sql.duplicate-name",
        "14:42-46 sql.invalid-table",
        "15:47-53 sql.sink-mismatch",
      ]
    `);
  });

  it('a fix is an edit that mends the text', () => {
    const text = `${DEMO_TABLES}INSERT INTO big_order SELECT order_id, citty, amount FROM orders;`;
    const { diagnostics } = compile(text);
    let mended = text;
    for (const { fix } of diagnostics.toReversed()) {
      if (fix !== undefined) mended = mended.slice(0, fix.from) + fix.insert + mended.slice(fix.to);
    }
    expect(diagnostics).toHaveLength(2);
    expect(compile(mended).diagnostics).toEqual([]);
  });

  it('a statement that could not be read does not make its table unknown to the others', () => {
    const text = "CREATE TABLE t (a INT) WITH ('connector'='print') oops;\nINSERT INTO t SELECT a FROM t;";
    expect(compile(text).diagnostics.map(({ code }) => code)).toEqual(['sql.syntax']);
  });

  it('a table with a broken column is not blamed again where the column is used', () => {
    const text = `${DEMO_TABLES}CREATE TABLE t (a TIMESTAMP(10), b STRING) WITH ('connector'='print');\nSELECT a, b FROM t;`;
    expect(compile(text).diagnostics.map(({ code }) => code)).toEqual(['sql.invalid-type']);
  });

  it('an option the connector refuses is told at the option', () => {
    const text = `${DEMO_TABLES}INSERT INTO big_orders SELECT order_id, city, amount FROM orders;`;
    const asked: string[] = [];
    const { diagnostics } = compile(text, {
      checkOptions: (connector, options, role) => {
        asked.push(`${role} ${connector} ${options.topic ?? options['table-name']}`);
        return options.topic === 'big_orders' && role === 'sink' ? [{ option: 'topic', message: 'no such topic' }] : [];
      },
    });
    const [problem] = diagnostics;
    expect(diagnostics).toHaveLength(1);
    expect(text.slice(problem?.from, problem?.to)).toBe("'topic'='big_orders'");
    expect(asked).toContain('source kafka orders');
  });

  it('a script to be launched needs an INSERT', () => {
    const { diagnostics, plan } = compile(`${DEMO_TABLES}SELECT city FROM orders;`, { sinks: 'required' });
    expect(diagnostics.map(({ code }) => code)).toEqual(['sql.nothing-to-run']);
    expect(plan).toBeUndefined();
  });
});
