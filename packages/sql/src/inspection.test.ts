import { explainPlan } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';

const answer = (text: string) => {
  const compiled = compile(DEMO_TABLES + text);
  expect(compiled.diagnostics).toEqual([]);
  expect(compiled.preview).toBeUndefined();
  return compiled.answer;
};

describe('statements that only ask are answered', () => {
  it('SHOW TABLES lists tables and views, as the script stands there', () => {
    const text = 'CREATE VIEW v AS SELECT city FROM orders; SHOW TABLES; DROP VIEW v';
    expect(answer(text)).toEqual({
      kind: 'rows',
      columns: ['table name'],
      rows: [['big_orders'], ['city_gmv'], ['orders'], ['v']],
    });
  });

  it('SHOW VIEWS lists views, and none that is dropped', () => {
    const text = 'CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW w AS SELECT 2 AS a; DROP VIEW IF EXISTS v; SHOW VIEWS';
    expect(answer(text)).toMatchObject({ rows: [['w']] });
  });

  it('SHOW FUNCTIONS lists every function with signature and help', () => {
    expect(answer('SHOW FUNCTIONS')).toMatchObject({
      rows: expect.arrayContaining([['UPPER', 'UPPER(text) -> STRING', 'The text in upper case.']]),
    });
  });

  it('SHOW CREATE TABLE gives the statement, laid out', () => {
    expect(answer("create table t (a int) with ('connector'='print'); show create table t")).toMatchObject({
      rows: [["CREATE TABLE t (\n  a INT\n) WITH (\n  'connector' = 'print'\n)"]],
    });
  });

  it('DESCRIBE gives columns with type, key, extras and watermark', () => {
    const table =
      "CREATE TABLE t (a INT, b AS a + 1, c TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR c AS c - INTERVAL '5' SECOND, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'kafka');";
    expect(answer(`${table} DESC t`)).toEqual({
      kind: 'rows',
      columns: ['name', 'type', 'key', 'extras', 'watermark'],
      rows: [
        ['a', 'INT NOT NULL', 'PRIMARY KEY', null, null],
        ['b', 'INT NOT NULL', null, 'computed', null],
        ['c', 'TIMESTAMP(3)', null, "METADATA FROM 'timestamp' VIRTUAL", "c - INTERVAL '5' SECOND"],
      ],
    });
  });

  it.each([
    ["SET 'table.exec.state.ttl' = '1 d'; SET", [['table.exec.state.ttl', '1 d']]],
    ["SET 'table.exec.state.ttl' = '1 d'; RESET; SET", []],
    ['SHOW MODULES', [['core']]],
    ['SHOW FULL MODULES', [['core', 'true']]],
    ['SHOW DATABASES FROM default_catalog', [['default_database']]],
    ['SHOW MODELS', []],
    ['DESCRIBE FUNCTION Upper', [['UPPER', 'UPPER(text) -> STRING', 'The text in upper case.']]],
    ['CREATE FUNCTION f (a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return a $$; DESCRIBE FUNCTION F', [['f', expect.stringContaining('f('), 'Declared in the script.']]],
    ['DESC CATALOG default_catalog', [['name', 'default_catalog'], ['type', 'generic_in_memory']]],
  ])('%s', (text, rows) => {
    expect(answer(text)).toMatchObject({ rows });
  }); // biome-ignore format: a table

  it.each([
    'EXPLAIN TABLE orders',
    "EXPLAIN CREATE TABLE made WITH ('connector' = 'print') AS SELECT city FROM orders",
    "EXPLAIN PLAN FOR CREATE OR REPLACE TABLE city_gmv WITH ('connector' = 'print') AS SELECT city FROM orders",
    'EXPLAIN SELECT city FROM orders',
    'EXPLAIN PLAN FOR SELECT city FROM orders',
    'EXPLAIN ESTIMATED_COST, CHANGELOG_MODE INSERT INTO big_orders SELECT order_id, city, amount FROM orders',
    'EXPLAIN STATEMENT SET BEGIN INSERT INTO big_orders SELECT order_id, city, amount FROM orders; END',
    'EXPLAIN EXECUTE STATEMENT SET BEGIN INSERT INTO big_orders SELECT order_id, city, amount FROM orders; END',
  ])('%s gives the plan', (text) => {
    const found = answer(text);
    expect(found?.kind).toBe('plan');
    if (found?.kind === 'plan') expect(explainPlan(found.plan)).toContain('orders');
  });

  it('EXPLAIN of an INSERT shows the plan that the INSERT would run', () => {
    const insert = 'INSERT INTO big_orders SELECT order_id, city, amount FROM orders WHERE amount > 9';
    const found = answer(`EXPLAIN ${insert}`);
    expect(found?.kind === 'plan' && found.plan).toEqual(compile(DEMO_TABLES + insert).plan);
  });

  it('the last statement that asks is the one answered', () => {
    const { preview, answer: none } = compile(`${DEMO_TABLES}SHOW TABLES; SELECT city FROM orders;`);
    expect([preview === undefined, none]).toEqual([false, undefined]);
  });
});

describe('in a job that runs they are ignored, and the author is told', () => {
  it('a warning stands at the word', () => {
    const text = `${DEMO_TABLES}INSERT INTO big_orders SELECT order_id, city, amount FROM orders; DESC orders; EXPLAIN SELECT city FROM orders;`;
    const { plan, diagnostics } = compile(text, { sinks: 'required' });
    expect(plan).toBeDefined();
    expect(
      diagnostics.map(({ severity, code, message, from, to }) => [severity, code, message, text.slice(from, to)]),
    ).toEqual([
      ['warning', 'sql.no-effect', 'DESCRIBE answers in the preview; the job that runs ignores it.', 'DESC'],
      ['warning', 'sql.no-effect', 'EXPLAIN answers in the preview; the job that runs ignores it.', 'EXPLAIN'],
    ]);
  });

  it('what EXPLAIN reads is not read by the job', () => {
    const { tables } = compile(
      `${DEMO_TABLES}EXPLAIN INSERT INTO big_orders SELECT order_id, city, amount FROM orders;`,
    );
    expect(tables.filter(({ read, written }) => read || written)).toEqual([]);
  });
});

describe('names and settings can be taken back', () => {
  it('RESET takes back one setting or all', () => {
    const settings = (text: string) => compile(`SET 'a' = '1'; SET 'b' = '2'; ${text}`).settings;
    expect([settings("RESET 'a'"), settings('RESET')]).toEqual([{ b: '2' }, {}]);
  });

  it('a dropped name may be declared anew, unless the old table is part of the job', () => {
    const again = "DROP TABLE big_orders; CREATE TABLE big_orders (a INT) WITH ('connector' = 'print');";
    expect(compile(DEMO_TABLES + again).diagnostics).toEqual([]);
    const insert = 'INSERT INTO big_orders SELECT order_id, city, amount FROM orders;';
    expect(compile(DEMO_TABLES + insert + again).diagnostics.map(({ code }) => code)).toEqual(['sql.duplicate-name']);
  });
});
