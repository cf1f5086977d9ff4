import { describe, it } from 'vitest';
import { JOIN_TABLES } from './testing/join-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const JOINS: readonly WrongStatement[] = [
  [
    "SELECT COUNT(*) FROM orders o JOIN payments p ON o.order_id = p.order_id GROUP BY TUMBLE(o.«ts», INTERVAL '1' MINUTE)",
    'sql.invalid-window',
    "ts is no event time after a join without bounds in time: add to ON that the times of both sides lie near each other, BETWEEN other - INTERVAL '1' HOUR AND other + INTERVAL '1' HOUR.",
  ],
  [
    "SELECT COUNT(*) FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '1' HOUR GROUP BY TUMBLE(p.«ts», INTERVAL '1' MINUTE)",
    'sql.invalid-window',
    'ts is not the event-time column: use o.ts.',
  ],
  [
    "SELECT COUNT(*) FROM orders o JOIN payments p ON o.order_id = p.order_id GROUP BY TUMBLE(«ts», INTERVAL '1' MINUTE)",
    'sql.ambiguous-column',
    'More than one column is called ts: write o.ts or p.ts.',
  ],
  [
    'SELECT * FROM orders NATURAL JOIN payments «ON» TRUE',
    'sql.syntax',
    'NATURAL JOIN compares all columns that both sides have, and takes no other condition.',
  ],
  [
    'SELECT * FROM orders JOIN payments«»',
    'sql.syntax',
    'Expected ON and a condition, or USING and columns but found the end of the text.',
  ],
  [
    'SELECT * FROM orders LEFT «OUTR» JOIN payments USING (order_id)',
    'sql.syntax',
    'Expected JOIN or OUTER JOIN but found OUTR. Did you mean OUTER?',
  ],
  ['SELECT * FROM orders LEFT «payments» ON TRUE', 'sql.syntax', 'Expected JOIN or OUTER JOIN but found payments.'],
  [
    'SELECT * FROM orders CROSS JOIN payments «ON» TRUE',
    'sql.syntax',
    'CROSS JOIN joins every row with every row and takes no ON: write JOIN.',
  ],
  ['SELECT * FROM orders CROSS «payments»', 'sql.syntax', 'Expected JOIN but found payments.'],
  [
    'SELECT * FROM orders «JION» payments USING (order_id)',
    'sql.syntax',
    'Expected JOIN, WHERE, GROUP BY or the end of the query but found JION. Did you mean JOIN?',
  ],
  ['SELECT * FROM orders JOIN payments USING «order_id»', 'sql.syntax', 'Expected ( but found order_id.'],
  [
    'SELECT * FROM orders JOIN payments USING («orderid»)',
    'sql.unknown-column',
    'No column orderid. Did you mean order_id?',
  ],
  [
    'SELECT * FROM orders JOIN payments USING («city»)',
    'sql.unknown-column',
    'No column city. Columns: order_id, paid, ts.',
  ],
  [
    'SELECT * FROM orders JOIN rates USING («order_id»)',
    'sql.unknown-column',
    'No column order_id. Columns: currency, rate, at.',
  ],
  [
    'SELECT * FROM orders o JOIN «paymnts» p ON o.order_id = p.order_id',
    'sql.unknown-table',
    'No table paymnts. Did you mean payments?',
  ],
  [
    'SELECT * FROM orders o JOIN «payments o» ON TRUE',
    'sql.duplicate-name',
    'Two tables in FROM are called o: give one of them an alias.',
  ],
  [
    'SELECT * FROM orders JOIN «orders» ON TRUE',
    'sql.duplicate-name',
    'Two tables in FROM are called orders: give one of them an alias.',
  ],
  [
    'SELECT o.order_id, «ts» FROM orders o JOIN payments p ON o.order_id = p.order_id',
    'sql.ambiguous-column',
    'More than one column is called ts: write o.ts or p.ts.',
  ],
  [
    'SELECT o.«paid» FROM orders o JOIN payments p ON o.order_id = p.order_id',
    'sql.unknown-column',
    'No column paid. Columns: order_id, city, shop_id, amount, status, ts.',
  ],
  [
    'SELECT o.* FROM orders o JOIN payments p ON «o.order_id»',
    'sql.type-mismatch',
    'ON is a condition (BOOLEAN), not BIGINT.',
  ],
  [
    'SELECT o.* FROM orders o JOIN payments p ON o.order_id = p.«paidd»',
    'sql.unknown-column',
    'No column paidd. Did you mean paid?',
  ],
  [
    'SELECT o.* FROM orders o JOIN payments p ON «o.city = p.order_id»',
    'sql.type-mismatch',
    'STRING cannot be compared with BIGINT: use CAST to make both one type.',
  ],
  [
    'SELECT o.* FROM orders o JOIN payments p ON «COUNT(*)» > 1',
    'sql.invalid-aggregate',
    'COUNT is an aggregate: it may stand in SELECT and HAVING of a query with GROUP BY.',
  ],
  [
    'SELECT * FROM orders, LATERAL «SELECT» 1',
    'sql.syntax',
    'Expected TABLE (f(...)) or a query in parentheses but found SELECT.',
  ],
  [
    'SELECT * FROM orders o «RIGHT JOIN» LATERAL (SELECT 1) AS l ON TRUE',
    'sql.syntax',
    'LATERAL needs the rows before it: write CROSS JOIN LATERAL or LEFT JOIN LATERAL ... ON TRUE.',
  ],
  [
    'SELECT * FROM orders o LEFT JOIN LATERAL (SELECT paid FROM payments) AS l ON «o.order_id = 1»',
    'sql.unsupported',
    'LATERAL takes ON TRUE: put the condition into WHERE of its query.',
  ],
  [
    'SELECT * FROM orders o, LATERAL (SELECT paid FROM payments AS p WHERE «p.order_id < o.order_id» LIMIT 2) AS l',
    'sql.unsupported',
    'LATERAL with LIMIT may compare with the outer query by = only: WHERE inner.k = outer.k AND ...',
  ],
  [
    'SELECT * FROM orders o, LATERAL («SELECT paid FROM payments AS p WHERE p.order_id = o.order_id GROUP BY paid LIMIT 2») AS l',
    'sql.unsupported',
    'LATERAL compares with the tables before it in a plain SELECT, one with GROUP BY or one with LIMIT: put the rest into a query in its FROM.',
  ],
  [
    'SELECT * FROM orders o, LATERAL (SELECT paid FROM payments) AS «o»',
    'sql.duplicate-name',
    'Two tables in FROM are called o: give one of them an alias.',
  ],
  [
    'SELECT * FROM orders o, LATERAL (SELECT paid FROM payments) AS «l» (a, b)',
    'sql.sink-mismatch',
    'l names 2 columns, but its query has 1.',
  ],
  [
    'SELECT (SELECT «paid» + COUNT(*) FROM payments AS p WHERE p.order_id = o.order_id) FROM orders o',
    'sql.invalid-aggregate',
    'paid is neither in GROUP BY nor inside an aggregate.',
  ],
  [
    'SELECT city FROM orders WHERE amount > ALL («SELECT order_id, paid FROM payments»)',
    'sql.type-mismatch',
    'ALL compares 1 value with a query of 2 columns.',
  ],
  [
    'SELECT city FROM orders WHERE (order_id, amount) > ANY («SELECT order_id, paid FROM payments»)',
    'sql.unsupported',
    'Rows are compared with the rows of a query by = ANY or <> ALL only, not by > ANY.',
  ],
  [
    'SELECT city FROM orders WHERE «city» = ANY (SELECT paid FROM payments)',
    'sql.type-mismatch',
    'STRING cannot be compared with DECIMAL(12, 4), the column of the query: use CAST.',
  ],
  [
    'SELECT city FROM orders WHERE amount > 1 OR «amount > ALL (SELECT paid FROM payments)»',
    'sql.unsupported',
    'ALL may stand in WHERE only, alone or joined to other conditions by AND.',
  ],
  [
    'SELECT SUM(amount) «OVER (w PARTITION BY status)» FROM orders WINDOW w AS (PARTITION BY city ORDER BY ts)',
    'sql.invalid-window',
    'w says PARTITION BY already, and a window that goes on from it adds only what is open.',
  ],
  [
    'SELECT SUM(amount) «OVER (w ROWS 2 PRECEDING)» FROM orders WINDOW w AS (ORDER BY ts ROWS 1 PRECEDING)',
    'sql.invalid-window',
    'w says a frame already, and a window that goes on from it adds only what is open.',
  ],
  ['SELECT * FROM orders, LATERAL TABLE(«f»(city))', 'sql.unknown-function', 'No function F.'],
  [
    'SELECT * FROM orders o JOIN «payments» FOR SYSTEM_TIME AS OF o.ts AS p ON o.order_id = p.order_id',
    'sql.invalid-table',
    'payments has no versions: FOR SYSTEM_TIME AS OF needs a table with PRIMARY KEY (...) NOT ENFORCED and a WATERMARK.',
  ],
  [
    'SELECT * FROM orders o JOIN rates FOR SYSTEM_TIME AS OF «o.city» AS r ON o.city = r.currency',
    'sql.invalid-table',
    'FOR SYSTEM_TIME AS OF takes the event time of the left side; write ts.',
  ],
  [
    'SELECT * FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON «o.amount = r.rate»',
    'sql.type-mismatch',
    'A join FOR SYSTEM_TIME AS OF compares the whole primary key of rates: add currency to ON.',
  ],
  [
    'SELECT * FROM orders o «FULL JOIN» rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.city = r.currency',
    'sql.unsupported',
    'A join FOR SYSTEM_TIME AS OF is JOIN or LEFT JOIN, not FULL JOIN.',
  ],
  [
    'SELECT * FROM big_orders o JOIN rates FOR SYSTEM_TIME AS OF «o.city» AS r ON o.city = r.currency',
    'sql.invalid-table',
    'FOR SYSTEM_TIME AS OF takes the event time of the left side; the left side has none: declare a WATERMARK in its table, or write PROCTIME() for the rows a table has when it is asked.',
  ],
  [
    'SELECT * FROM rates «FOR SYSTEM_TIME AS OF at»',
    'sql.syntax',
    'FOR SYSTEM_TIME AS OF stands after the table on the right side of a JOIN.',
  ],
  ['SELECT * FROM rates FOR SYSTEM_TIME AS «at»', 'sql.syntax', 'Expected OF but found at.'],
  ['SELECT * FROM orders AS «o» (a, b)', 'sql.sink-mismatch', 'o names 2 columns, but its query has 6.'],
  [
    'SELECT * FROM (SELECT city FROM orders) AS «o» (a, b)',
    'sql.sink-mismatch',
    'o names 2 columns, but its query has 1.',
  ],
  ['SELECT * FROM (orders JOIN payments USING (order_id)«»', 'sql.syntax', 'Expected ) but found the end of the text.'],
  [
    'SELECT * FROM carts CROSS JOIN UNNEST(«cart_id») AS t (x)',
    'sql.type-mismatch',
    'UNNEST takes an ARRAY, a MAP or a MULTISET, not BIGINT.',
  ],
  [
    'SELECT * FROM carts CROSS JOIN UNNEST(tags) AS t («x, y»)',
    'sql.sink-mismatch',
    'UNNEST gives 1 column here, but 2 are named.',
  ],
  [
    'SELECT * FROM carts «RIGHT JOIN» UNNEST(tags) AS t (x) ON TRUE',
    'sql.unsupported',
    'RIGHT JOIN UNNEST has no meaning: the elements come from the left side. Write CROSS JOIN or LEFT JOIN.',
  ],
  [
    "SELECT * FROM carts LEFT JOIN UNNEST(tags) AS t (x) ON «x = 'a'»",
    'sql.unsupported',
    'LEFT JOIN UNNEST takes ON TRUE only: put the condition into WHERE.',
  ],
  [
    'SELECT * FROM carts JOIN UNNEST(tags) AS t (x) USING («x»)',
    'sql.unsupported',
    'UNNEST is joined by CROSS JOIN, or LEFT JOIN ... ON TRUE.',
  ],
  [
    'SELECT * FROM carts CROSS JOIN UNNEST(«tagz») AS t (x)',
    'sql.unknown-column',
    'No column tagz. Did you mean tags?',
  ],
  [
    'SELECT * FROM carts CROSS JOIN UNNEST(tags) WITH «ORDINALTY» AS t (x, n)',
    'sql.syntax',
    'Expected ORDINALITY but found ORDINALTY. Did you mean ORDINALITY?',
  ],
];

const SUBQUERIES_AND_SETS: readonly WrongStatement[] = [
  [
    'SELECT * FROM orders LEFT «SEMI» JOIN payments USING (order_id)',
    'sql.unsupported',
    'LEFT SEMI JOIN is no SQL of Flink: use WHERE ... IN (SELECT ...) or EXISTS.',
  ],
  [
    'SELECT «order_id» FROM orders o JOIN payments p ON o.order_id = p.order_id',
    'sql.ambiguous-column',
    'More than one column is called order_id: write o.order_id or p.order_id.',
  ],
  [
    'SELECT «x».paid FROM orders o JOIN payments p ON o.order_id = p.order_id',
    'sql.unknown-table',
    'No table x in FROM.',
  ],
  ['SELECT «x».* FROM orders o JOIN payments p ON o.order_id = p.order_id', 'sql.unknown-table', 'No table x in FROM.'],
  [
    'SELECT city FROM orders WHERE order_id IN («SELECT order_id, paid FROM payments»)',
    'sql.type-mismatch',
    'IN compares 1 value with a query of 2 columns.',
  ],
  [
    'SELECT city FROM orders WHERE order_id IN (SELECT «pid» FROM payments)',
    'sql.unknown-column',
    'No column pid. Did you mean paid?',
  ],
  [
    'SELECT city FROM orders WHERE «city» IN (SELECT order_id FROM payments)',
    'sql.type-mismatch',
    'STRING cannot be compared with BIGINT, the column of the query: use CAST.',
  ],
  [
    "SELECT city FROM orders WHERE «order_id IN (SELECT order_id FROM payments)» OR city = 'x'",
    'sql.unsupported',
    'IN (SELECT ...) may stand in WHERE only, alone or joined to other conditions by AND.',
  ],
  [
    'SELECT «order_id IN (SELECT order_id FROM payments)» FROM orders',
    'sql.unsupported',
    'IN (SELECT ...) may stand in WHERE only, alone or joined to other conditions by AND.',
  ],
  ['SELECT city FROM orders WHERE EXISTS («1»)', 'sql.syntax', 'Expected a query but found 1.'],
  ['SELECT city FROM orders WHERE EXISTS «SELECT» 1', 'sql.syntax', 'Expected ( but found SELECT.'],
  [
    'SELECT «EXISTS (SELECT 1 FROM payments)» FROM orders',
    'sql.unsupported',
    'EXISTS may stand in WHERE only, alone or joined to other conditions by AND.',
  ],
  [
    'SELECT «(SELECT order_id, paid FROM payments)» FROM orders',
    'sql.type-mismatch',
    'A query in the place of a value has one column, not 2.',
  ],
  [
    'SELECT (SELECT paid FROM payments p WHERE «p.order_id > o.order_id») FROM orders o',
    'sql.unsupported',
    'A query in the place of a value may compare with the outer query by = only: WHERE inner.k = outer.k AND ...',
  ],
  [
    'SELECT (SELECT SUM(paid + «o.amount») FROM payments p WHERE p.order_id = o.order_id) FROM orders o',
    'sql.unsupported',
    'o.amount belongs to the outer query: a subquery may name it in WHERE only, in conditions joined by AND.',
  ],
  [
    'SELECT city, «(SELECT MAX(paid) FROM payments)» FROM orders GROUP BY city',
    'sql.unsupported',
    'A query in the place of a value may stand in WHERE, and in SELECT without GROUP BY; elsewhere join it in FROM.',
  ],
  [
    'SELECT city FROM orders WHERE «amount > (SELECT city FROM big_orders)»',
    'sql.type-mismatch',
    'DECIMAL(10, 2) cannot be compared with STRING: use CAST to make both one type.',
  ],
  [
    'SELECT city FROM orders UNION «SELECT order_id FROM orders»',
    'sql.type-mismatch',
    'Column 1 (city) of UNION mixes STRING and BIGINT: use CAST.',
  ],
  [
    'SELECT city FROM orders INTERSECT «SELECT city, order_id FROM orders»',
    'sql.type-mismatch',
    'INTERSECT needs equal numbers of columns: the first query has 1, this one 2.',
  ],
  [
    'SELECT city FROM orders EXCEPT «SELECT order_id FROM orders»',
    'sql.type-mismatch',
    'Column 1 (city) of EXCEPT mixes STRING and BIGINT: use CAST.',
  ],
  ['SELECT city FROM orders UNION «WHERE»', 'sql.syntax', 'Expected SELECT but found WHERE.'],
  [
    "VALUES (1, 'a'), «(2)»",
    'sql.type-mismatch',
    'The rows of VALUES have equal numbers of values: the first has 2, this one 1.',
  ],
  [
    "VALUES (1), («'a'»)",
    'sql.type-mismatch',
    'Column 1 of VALUES mixes INT and STRING: use CAST to make them one type.',
  ],
  ['VALUES («city»)', 'sql.unknown-column', 'There is no FROM, so there is no column city.'],
  [
    "INSERT INTO «big_orders» VALUES (1, 'a')",
    'sql.sink-mismatch',
    'big_orders takes 3 columns (order_id, city, amount), but the query gives 2 (EXPR$0, EXPR$1).',
  ],
  [
    "INSERT INTO «big_orders» VALUES ('x', 'a', 2)",
    'sql.sink-mismatch',
    'Column order_id of big_orders is BIGINT, but column 1 of the query is STRING: use CAST(... AS BIGINT).',
  ],
  ['SELECT «*»', 'sql.syntax', '* needs a FROM to take columns from.'],
  ['SELECT «city»', 'sql.unknown-column', 'There is no FROM, so there is no column city.'],
  ['SELECT 1 FROM«»', 'sql.syntax', 'Expected a table name but found the end of the text.'],
];

const COLLECTIONS: readonly WrongStatement[] = [
  [
    "SELECT tags[«'a'»] FROM carts",
    'sql.type-mismatch',
    'An element of an ARRAY is taken by a whole number from 1, not STRING.',
  ],
  ['SELECT tags[«0»] FROM carts', 'sql.invalid-literal', 'The elements of an ARRAY count from 1.'],
  ['SELECT props[«1»] FROM carts', 'sql.type-mismatch', 'The keys of the MAP are STRING, not INT: use CAST.'],
  ['SELECT «cart_id»[1] FROM carts', 'sql.type-mismatch', '[ ] takes an element of an ARRAY or MAP, not of BIGINT.'],
  ['SELECT r.«aa» FROM carts', 'sql.unknown-column', 'No field aa in the ROW. Fields: a, b.'],
  ['SELECT r.b.«d» FROM carts', 'sql.unknown-column', 'No field d in the ROW. Fields: c.'],
  ['SELECT «tags.x» FROM carts', 'sql.type-mismatch', 'Only a ROW has fields, so there is no x in it.'],
  [
    'SELECT r[«9»] FROM carts',
    'sql.type-mismatch',
    'A field of this ROW is taken by its name, or by a number from 1 to 2.',
  ],
  ['SELECT tags[1 «FROM» carts', 'sql.syntax', 'Expected ] but found FROM.'],
  ['SELECT «ARRAY[]» FROM carts', 'sql.wrong-arguments', 'An empty ARRAY has no type: write CAST(NULL AS ARRAY ...).'],
  [
    "SELECT ARRAY[1, «'a'»] FROM carts",
    'sql.type-mismatch',
    'ARRAY mixes INT and STRING: use CAST to make them one type.',
  ],
  ["SELECT «MAP['a', 1, 'b']» FROM carts", 'sql.wrong-arguments', 'MAP[...] takes pairs: a value for every key.'],
  [
    "SELECT MAP['a', 1, «2», 3] FROM carts",
    'sql.type-mismatch',
    'The keys of MAP mixes STRING and INT: use CAST to make them one type.',
  ],
  [
    'SELECT CARDINALITY(«cart_id») FROM carts',
    'sql.type-mismatch',
    'Argument 1 of CARDINALITY is an ARRAY, a MAP or a MULTISET, not BIGINT.',
  ],
  [
    'SELECT ARRAY_CONTAINS(tags, «1») FROM carts',
    'sql.type-mismatch',
    'Argument 2 of ARRAY_CONTAINS is STRING, not INT.',
  ],
  [
    "SELECT ARRAY_JOIN(«lines», ',') FROM carts",
    'sql.type-mismatch',
    'Argument 1 of ARRAY_JOIN is an ARRAY<STRING>, not ARRAY<ROW<sku STRING, qty INT>>.',
  ],
  [
    'SELECT ARRAY_MAX(«lines») FROM carts',
    'sql.type-mismatch',
    'Argument 1 of ARRAY_MAX is an ARRAY of values that can be compared, not ARRAY<ROW<sku STRING, qty INT>>.',
  ],
  ['SELECT MAP_KEYS(«tags») FROM carts', 'sql.type-mismatch', 'Argument 1 of MAP_KEYS is a MAP, not ARRAY<STRING>.'],
  [
    'SELECT ARRAY_CONCAT(tags, «props») FROM carts',
    'sql.type-mismatch',
    'Argument 2 of ARRAY_CONCAT is an ARRAY, not MAP<STRING, INT>.',
  ],
  ['SELECT «ELEMENT()» FROM carts', 'sql.wrong-arguments', 'ELEMENT takes 1 argument, not 0.'],
];

const PATTERNS: readonly WrongStatement[] = [
  [
    'SELECT * FROM orders «MATCH_RECOGNIZE» (PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'MATCH_RECOGNIZE needs ORDER BY ts: a pattern is a sequence in time.',
  ],
  [
    'SELECT * FROM carts «MATCH_RECOGNIZE» (PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'MATCH_RECOGNIZE needs ORDER BY PROCTIME(): a pattern is a sequence in time.',
  ],
  [
    'SELECT * FROM big_orders MATCH_RECOGNIZE (ORDER BY «order_id» PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'order_id is no time: declare a WATERMARK in the table and pass its column on unchanged, or write ORDER BY PROCTIME() for the order in which rows come.',
  ],
  [
    'SELECT * FROM (SELECT city, CAST(ts AS TIMESTAMP(3)) AS at FROM (SELECT city, MAX_TS AS ts FROM (SELECT city, TIMESTAMPADD(DAY, 1, ts) AS MAX_TS FROM orders))) MATCH_RECOGNIZE (ORDER BY «at» MEASURES A.city AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    "at is not the event-time column: declare WATERMARK FOR at AS at - INTERVAL '5' SECOND in the table and pass the column on unchanged.",
  ],
  [
    'SELECT * FROM (SELECT city, PROCTIME() AS seen FROM orders) MATCH_RECOGNIZE (ORDER BY «city» MEASURES A.city AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'ORDER BY of MATCH_RECOGNIZE begins with a time, ascending: ORDER BY seen.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY «PROCTIME() DESC» MEASURES A.amount AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'ORDER BY of MATCH_RECOGNIZE begins with a time, ascending: ORDER BY PROCTIME().',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts, «PROCTIME()», amount MEASURES A.amount AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'The clock decides nothing between rows of one time: name it first, or last for the order of arrival.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts, «amount + 1» DESC MEASURES A.amount AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.unsupported',
    'ORDER BY of MATCH_RECOGNIZE takes columns.',
  ],
  [
    'SELECT * FROM carts MATCH_RECOGNIZE (ORDER BY PROCTIME(), «tags» MEASURES A.cart_id AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.type-mismatch',
    'ARRAY<STRING> has no order: name its parts.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY PROCTIME() MEASURES «MATCH_ROWTIME()» AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'MATCH_ROWTIME() is an event time, and this pattern is ordered by processing time: use MATCH_PROCTIME().',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES MATCH_ROWTIME(«amount») AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.wrong-arguments',
    'MATCH_ROWTIME takes nothing, or the column of ORDER BY: MATCH_ROWTIME(ts).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES MATCH_PROCTIME(«ts») AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.wrong-arguments',
    'MATCH_PROCTIME() takes no argument.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A) DEFINE A AS «MATCH_PROCTIME()» > ts)',
    'sql.unsupported',
    'MATCH_PROCTIME() is a measure: in DEFINE use PROCTIME().',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount «PATTERN» (A) DEFINE A AS TRUE)',
    'sql.syntax',
    'Expected AS and a name for the measure but found PATTERN.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x «ALL ROWS PER MATCH» PATTERN (A) DEFINE A AS TRUE)',
    'sql.unsupported',
    'ALL ROWS PER MATCH is not supported yet; write ONE ROW PER MATCH, as in Flink.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x «PATTRN» (A) DEFINE A AS TRUE)',
    'sql.syntax',
    'Expected PATTERN, AFTER MATCH or , after the measure but found PATTRN. Did you mean PATTERN?',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) DEFINE «C» AS TRUE)',
    'sql.unknown-column',
    'PATTERN has no variable C. Variables: A, B.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES «C».amount AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unknown-column',
    'PATTERN has no variable C. Variables: A, B.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.«amout» AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unknown-column',
    'No column amout. Did you mean amount?',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x, B.amount AS «x» PATTERN (A B) DEFINE A AS TRUE)',
    'sql.duplicate-name',
    'Two measures are called x: rename one of them.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) DEFINE A AS «amount»)',
    'sql.type-mismatch',
    'DEFINE is a condition (BOOLEAN), not DECIMAL(10, 2).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) DEFINE A AS TRUE, «A» AS FALSE)',
    'sql.duplicate-name',
    'A is defined twice: join the conditions by AND.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY «ts DESC» MEASURES A.amount AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'ORDER BY of MATCH_RECOGNIZE begins with a time, ascending: ORDER BY ts.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY «amount» MEASURES A.amount AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-window',
    'ORDER BY of MATCH_RECOGNIZE begins with a time, ascending: ORDER BY ts.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY «UPPER(city)» ORDER BY ts MEASURES A.amount AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unsupported',
    'PARTITION BY of MATCH_RECOGNIZE takes columns: compute the value in FROM (SELECT ...).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN («A*») DEFINE A AS TRUE)',
    'sql.unsupported',
    'The pattern may match no row at all: let one variable occur at least once.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A«{3,2}») DEFINE A AS TRUE)',
    'sql.invalid-literal',
    'The greatest number of repetitions is at least 1 and not below the least.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A{«9999»}) DEFINE A AS TRUE)',
    'sql.too-large',
    'A pattern repeats a variable at most 1000 times.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN («PERMUTE»(A, B)) DEFINE A AS TRUE)',
    'sql.unsupported',
    'PERMUTE is not supported yet; write the orders with |.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) WITHIN «10» DEFINE A AS TRUE)',
    'sql.syntax',
    "Expected an INTERVAL such as INTERVAL '10' MINUTE but found 10.",
  ],
  [
    "SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) WITHIN «INTERVAL '1' MONTH» DEFINE A AS TRUE)",
    'sql.invalid-window',
    'WITHIN takes an INTERVAL of days or less, greater than zero.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x AFTER MATCH SKIP TO «C» PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unknown-column',
    'PATTERN has no variable C. Variables: A, B.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x AFTER MATCH SKIP «BACK» PATTERN (A B) DEFINE A AS TRUE)',
    'sql.syntax',
    'Expected PAST LAST ROW, TO NEXT ROW, TO FIRST or TO LAST but found BACK.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES «PREV»(A.amount) AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unsupported',
    'PREV is not supported, as in Flink: look back with LAST(variable.column, 1).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES SUM(«A.amount + B.amount») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-aggregate',
    'SUM is over one variable, not over A and B.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES LAST(«A.amount + B.amount») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-aggregate',
    'LAST is over one variable, not over A and B.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES LAST(«1») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.wrong-arguments',
    'LAST takes a column of a variable and how many rows from there: LAST(A.price, 1).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES SUM(A.amount) FILTER (WHERE «B».amount > 1) AS x PATTERN (A) DEFINE A AS TRUE)',
    'sql.unknown-column',
    'PATTERN has no variable B. Variables: A.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES SUM(«LAST(A.amount)») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-aggregate',
    'LAST inside another has no meaning in a pattern.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES SUM(«MAX(A.amount)») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.invalid-aggregate',
    'An aggregate inside SUM has no meaning in a pattern.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES LAST(A.amount, «-1») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.wrong-arguments',
    'The offset of LAST is a whole number from 0 to 1000.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) «SUBSET» S = (A, B) DEFINE A AS TRUE)',
    'sql.unsupported',
    'SUBSET is not supported yet; aggregate the variables one by one.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B)«)» ',
    'sql.syntax',
    'Expected DEFINE or WITHIN but found ).',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES SUM(«A.city») AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.type-mismatch',
    'SUM takes a number, not STRING: use CAST.',
  ],
  [
    'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS x PATTERN (A B) DEFINE A AS «MATCH_ROWTIME()» > ts)',
    'sql.unsupported',
    'MATCH_ROWTIME() is a measure: in DEFINE use the time column.',
  ],
  [
    'SELECT * FROM (SELECT city, COUNT(*) AS n FROM orders GROUP BY city) «MATCH_RECOGNIZE» (ORDER BY n MEASURES A.n AS x PATTERN (A B) DEFINE A AS TRUE)',
    'sql.unsupported',
    'MATCH_RECOGNIZE reads rows that are never changed afterwards: this input is updated.',
  ],
];

describe('every mistake is told once, at its place, in words that say what to do', () => {
  it.each([...JOINS, ...SUBQUERIES_AND_SETS, ...COLLECTIONS, ...PATTERNS])('%s', (...wrong) =>
    expectTold(JOIN_TABLES, wrong),
  );
});
