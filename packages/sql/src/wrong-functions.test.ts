import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const FUNCTIONS = `${DEMO_TABLES}
CREATE FUNCTION mask(text STRING, keep INT) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return text; $$;
CREATE FUNCTION sure(text STRING NOT NULL) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return text; $$;
CREATE FUNCTION words(text STRING) RETURNS TABLE(word STRING) LANGUAGE JAVASCRIPT AS $$ yield [text]; $$;
CREATE AGGREGATE FUNCTION total(x DECIMAL(10, 2)) RETURNS DOUBLE LANGUAGE JAVASCRIPT AS $$
  export function createAccumulator() { return {}; }
  export function accumulate() {}
  export function getValue() { return 0; }
$$;`;

const js = (body: string) => `CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS ${body}`;
const javascript = (message: string) => `JavaScript: ${message}.`;

const CASES: readonly WrongStatement[] = [
  // the declaration
  ["CREATE FUNCTION f(x INT) RETURNS INT «AS» $$ return x; $$", 'sql.syntax', 'A function says its language before AS: LANGUAGE JAVASCRIPT.'],
  ["CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE «PYTHON» AS $$ x $$", 'sql.unsupported', 'LANGUAGE PYTHON is not supported yet; write it in JavaScript: RETURNS type LANGUAGE JAVASCRIPT AS $$ ... $$.'],
  ["CREATE FUNCTION f(x INT) «LANGUAGE» JAVASCRIPT AS $$ x $$", 'sql.syntax', 'Expected RETURNS but found LANGUAGE.'],
  ["CREATE FUNCTION «upper»(x STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return x; $$", 'sql.duplicate-name', 'UPPER is a function of the dialect already: give yours another name.'],
  ["CREATE FUNCTION «MASK»(x STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return x; $$", 'sql.duplicate-name', 'Function MASK is declared twice: give one of them another name.'],
  ["CREATE FUNCTION f(x INT, «x» INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ export default () => 1; $$", 'sql.duplicate-name', 'There are two parameters called x.'],
  ["CREATE FUNCTION f(«class» INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return 1; $$", 'sql.invalid-function', 'class cannot name a parameter in JavaScript: rename it.'],
  ["CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS «$$» return x;", 'sql.syntax', 'The text has no end: add the closing $$.'],
  ["CREATE AGGREGATE FUNCTION «f(x INT) RETURNS TABLE(a INT)» LANGUAGE JAVASCRIPT AS $$ $$", 'sql.unsupported', 'An aggregate that gives a TABLE is not supported yet; give an ARRAY and flatten it with UNNEST.'],
  // the body, at its place in the script
  [js('$$\n  const y = x «+»;\n  return y; $$').replace('«+»;', '+«;»'), 'sql.invalid-function', javascript('Unexpected token')],
  [js("'return «const»;'"), 'sql.invalid-function', javascript('Unexpected token')],
  [js("'return ''a'' + «const»;'"), 'sql.invalid-function', javascript('Unexpected token')],
  [js('$body$ if (x) { return 1«;» $body$'), 'sql.invalid-function', 'JavaScript: the body ends too early.'],
  [js("$$«import fs from 'fs';»\nexport default (x) => x; $$"), 'sql.invalid-function', 'There is nothing to import: a function runs on its own, without files and network.'],
  [js('$$«export default async function (x) { return x; }»$$'), 'sql.invalid-function', 'The function is async: it has nothing to wait for, and must give its value at once.'],
  [js('«$$»export function g(x) { return x; }$$'), 'sql.invalid-function', 'A body that exports something exports the function: export default function (...), which f calls.'],
  ['CREATE AGGREGATE FUNCTION f(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS «$$»export function accumulate() {}$$', 'sql.invalid-function', 'The body of f lacks export function createAccumulator(...), export function getValue(...).'],
  // calls
  ['SELECT «maks»(city, 1) FROM orders', 'sql.unknown-function', 'No function MAKS. Did you mean mask?'],
  ['SELECT «mask(city)» FROM orders', 'sql.wrong-arguments', 'mask takes 2 arguments, not 1: mask(text STRING, keep INT) -> STRING.'],
  ['SELECT mask(«amount», 1) FROM orders', 'sql.type-mismatch', 'Argument 1 of mask, text, is STRING, not DECIMAL(10, 2): use CAST.'],
  ['SELECT sure(«city») FROM orders', 'sql.type-mismatch', 'Argument 1 of sure, text, is STRING NOT NULL, and this may be NULL: use COALESCE.'],
  ['SELECT mask(«DISTINCT» city, 1) FROM orders', 'sql.syntax', 'DISTINCT stands in aggregates only.'],
  ['SELECT «words(city)» FROM orders', 'sql.invalid-function', 'words gives rows: it stands in FROM, as LATERAL TABLE(words(...)).'],
  ['SELECT * FROM orders, LATERAL TABLE(«mask(city, 1)»)', 'sql.invalid-function', 'mask gives no rows: LATERAL TABLE takes a function that RETURNS TABLE.'],
  ['SELECT * FROM «mask(1, 2)»', 'sql.invalid-function', 'mask gives no rows: LATERAL TABLE takes a function that RETURNS TABLE.'],
  ["SELECT * FROM TABLE(words(«city»))", 'sql.unknown-column', 'There is no FROM, so there is no column city.'],
  ['SELECT * FROM orders, LATERAL TABLE(«UPPER(city)»)', 'sql.invalid-function', 'UPPER gives no rows: LATERAL TABLE takes a function that RETURNS TABLE.'],
  ['SELECT * FROM orders, LATERAL TABLE(words(city)) AS w(«a, b»)', 'sql.sink-mismatch', 'words gives 1 column here, but 2 are named.'],
  ['SELECT * FROM orders «RIGHT JOIN» LATERAL TABLE(words(city)) ON TRUE', 'sql.unsupported', 'RIGHT JOIN LATERAL TABLE has no meaning: the elements come from the left side. Write CROSS JOIN or LEFT JOIN.'],
  ['SELECT city FROM orders WHERE «total(amount)» > 1', 'sql.invalid-aggregate', 'total is an aggregate: it may stand in SELECT and HAVING of a query with GROUP BY.'],
  ['SELECT mask(city, 1) «OVER (ORDER BY ts)» FROM orders', 'sql.syntax', 'OVER stands behind aggregates only.'],
  ['SELECT * FROM orders WHERE «total(amount) OVER (ORDER BY ts)» > 1', 'sql.invalid-window', 'OVER stands in the SELECT list of a query without GROUP BY: put it into FROM (SELECT ...) and use its column.'],
  ['SELECT «total(n)» FROM (SELECT city, MAX(amount) AS n FROM orders GROUP BY city)', 'sql.invalid-function', 'total cannot stand here. The query takes rows back, and its body has no export function retract(accumulator, ...): add it.'],
  ["SELECT «total(amount)» FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)) GROUP BY window_start, window_end", 'sql.invalid-function', 'total cannot stand here. A HOP window puts partial results together, and its body has no export function merge(accumulator, other): add it.'],
]; // biome-ignore format: a table

describe('what is wrong with a function is told once, at its place, in words that say what to do', () => {
  it.each(CASES)('%s', (...statement) => {
    expectTold(FUNCTIONS, statement);
  });

  it('a declaration that could not be read does not make its calls wrong too', () => {
    const { diagnostics } = compile(`${DEMO_TABLES}
      CREATE FUNCTION f(x STRING) RETURNS NONSENSE LANGUAGE JAVASCRIPT AS $$ return x; $$;
      SELECT f(city) FROM orders;`);
    expect(diagnostics.map(({ message }) => message)).toHaveLength(1);
  });
});
