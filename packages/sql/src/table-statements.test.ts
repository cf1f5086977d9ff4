import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';

/** The rows that the last statement of a script answers with. */
function rows(text: string): readonly (readonly (string | null)[])[] {
  const { diagnostics, answer } = compile(DEMO_TABLES + text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return answer?.kind === 'rows' ? answer.rows : [];
}

const columns = (text: string, table: string) =>
  rows(`${text}; SHOW COLUMNS FROM ${table}`).map(([name, type]) => `${name} ${type}`);
const declaration = (text: string, table: string) =>
  rows(`${text}; SHOW CREATE TABLE ${table}`)[0]?.[0]?.replaceAll(/\s+/g, ' ');
const options = (text: string, name: string) =>
  compile(DEMO_TABLES + text).tables.find((table) => table.name === name)?.options;

const SOURCE =
  "CREATE TABLE s (a INT NOT NULL COMMENT 'first', b AS a + 1, m TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, PRIMARY KEY (a) NOT ENFORCED, " +
  "WATERMARK FOR m AS m - INTERVAL '1' SECOND) PARTITIONED BY (a) WITH ('connector' = 'kafka', 'topic' = 't');";

describe('CREATE TABLE ... LIKE takes of the other table what its choices say', () => {
  it('by default everything, and its own options come first', () => {
    expect(
      declaration(
        `${SOURCE} CREATE TABLE d (c STRING) COMMENT 'own' WITH ('topic' = 'u', 'format' = 'json') LIKE s`,
        'd',
      ),
    ).toBe(
      "CREATE TABLE d ( a INT NOT NULL COMMENT 'first', b AS a + 1, m TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, c STRING, " +
        "WATERMARK FOR m AS m - INTERVAL '1' SECOND, PRIMARY KEY (a) NOT ENFORCED ) COMMENT 'own' PARTITIONED BY (a) " +
        "WITH ( 'connector' = 'kafka', 'topic' = 'u', 'format' = 'json' )",
    );
  });

  it.each([
    ["WITH ('connector' = 'print') LIKE s (EXCLUDING ALL)", "( a INT NOT NULL COMMENT 'first' ) WITH ( 'connector' = 'print' )"],
    ["WITH ('connector' = 'print') LIKE s (EXCLUDING ALL INCLUDING GENERATED)", "( a INT NOT NULL COMMENT 'first', b AS a + 1 ) WITH ( 'connector' = 'print' )"],
    ['LIKE s (EXCLUDING WATERMARKS EXCLUDING METADATA EXCLUDING PARTITIONS)', "( a INT NOT NULL COMMENT 'first', b AS a + 1, PRIMARY KEY (a) NOT ENFORCED ) WITH ( 'connector' = 'kafka', 'topic' = 't' )"],
    ["(b AS a * 2, WATERMARK FOR m AS m) LIKE s (OVERWRITING GENERATED OVERWRITING WATERMARKS EXCLUDING CONSTRAINTS EXCLUDING PARTITIONS)", "( a INT NOT NULL COMMENT 'first', b AS a * 2, m TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, WATERMARK FOR m AS m ) WITH ( 'connector' = 'kafka', 'topic' = 't' )"],
    ["WITH ('format' = 'json') LIKE s (EXCLUDING ALL INCLUDING OPTIONS)", "( a INT NOT NULL COMMENT 'first' ) WITH ( 'connector' = 'kafka', 'topic' = 't', 'format' = 'json' )"],
  ])('CREATE TABLE d %s', (text, wanted) => {
    expect(declaration(`${SOURCE} CREATE TABLE d ${text}`, 'd')).toBe(`CREATE TABLE d ${wanted}`);
  }); // biome-ignore format: a table

  it('a table like one that is like another has what both say', () => {
    const text = `${SOURCE} CREATE TABLE d (c INT) LIKE s; CREATE TABLE e WITH ('topic' = 'e') LIKE d (EXCLUDING GENERATED)`;
    expect(columns(text, 'e')).toEqual(['a INT NOT NULL', 'm TIMESTAMP(3)', 'c INT']);
    expect(options(text, 'e')).toEqual({ connector: 'kafka', topic: 'e' });
  });
});

describe('CREATE TABLE ... AS declares the columns of the query and inserts its rows', () => {
  it.each([
    ["CREATE TABLE t WITH ('connector' = 'print') AS SELECT city, amount * 2 AS twice FROM orders", ['city STRING', 'twice DECIMAL(21, 2)'], ['city', 'twice']],
    ["CREATE TABLE t (note STRING, amount DOUBLE, more AS amount + 1) WITH ('connector' = 'print') AS SELECT city, amount FROM orders", ['note STRING', 'more DOUBLE', 'city STRING', 'amount DOUBLE'], ['note', 'city', 'amount']],
    ["CREATE TABLE t (amount, city) WITH ('connector' = 'print') AS SELECT city, amount FROM orders", ['amount DECIMAL(10, 2)', 'city STRING'], ['amount', 'city']],
    ["CREATE TABLE t (PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'upsert-kafka') AS SELECT city, COUNT(*) AS n FROM orders GROUP BY city", ['city STRING NOT NULL', 'n BIGINT NOT NULL'], ['city', 'n']],
    ["CREATE OR REPLACE TABLE big_orders WITH ('connector' = 'print') AS SELECT city FROM orders", ['city STRING'], ['city']],
    ["REPLACE TABLE big_orders WITH ('connector' = 'print') AS VALUES (1, 'a')", ['EXPR$0 INT NOT NULL', 'EXPR$1 STRING NOT NULL'], ['EXPR$0', 'EXPR$1']],
  ])('%s', (text, declared, stored) => {
    const { diagnostics, plan, tables } = compile(DEMO_TABLES + text);
    expect(diagnostics).toEqual([]);
    const sink = plan?.nodes.find((node) => node.kind === 'sink');
    expect(sink?.schema.fields.map(({ name }) => name)).toEqual(stored);
    const name = sink?.kind === 'sink' ? sink.table : '';
    expect(tables.find((table) => table.name === name && table.written)?.written).toBe(true);
    expect(columns(text, name)).toEqual(declared);
  }); // biome-ignore format: a table

  it('does nothing where IF NOT EXISTS finds the table', () => {
    const text = "CREATE TABLE IF NOT EXISTS big_orders WITH ('connector' = 'print') AS SELECT city FROM orders";
    const { diagnostics, plan } = compile(DEMO_TABLES + text);
    expect([diagnostics, plan]).toEqual([[], undefined]);
  });
});

describe('ALTER TABLE changes a table for the statements after it', () => {
  it.each([
    ["ALTER TABLE big_orders ADD note STRING COMMENT 'x'", ['order_id BIGINT', 'city STRING', 'amount DECIMAL(10, 2)', 'note STRING']],
    ['ALTER TABLE big_orders ADD (a INT FIRST, b INT AFTER a, half AS amount / 2, PRIMARY KEY (order_id) NOT ENFORCED)', ['a INT', 'b INT', 'order_id BIGINT NOT NULL', 'city STRING', 'amount DECIMAL(10, 2)', 'half DECIMAL(21, 13)']],
    ['ALTER TABLE big_orders MODIFY (amount DOUBLE NOT NULL, city STRING FIRST)', ['city STRING', 'order_id BIGINT', 'amount DOUBLE NOT NULL']],
    ['ALTER TABLE big_orders MODIFY amount INT AFTER order_id', ['order_id BIGINT', 'amount INT', 'city STRING']],
    ['ALTER TABLE big_orders DROP (city, amount)', ['order_id BIGINT']],
    ['ALTER TABLE big_orders DROP city', ['order_id BIGINT', 'amount DECIMAL(10, 2)']],
    ['ALTER TABLE big_orders RENAME city TO town', ['order_id BIGINT', 'town STRING', 'amount DECIMAL(10, 2)']],
    ['ALTER TABLE IF EXISTS nothing RENAME TO more; ALTER TABLE big_orders ADD x INT; ALTER TABLE big_orders DROP x', ['order_id BIGINT', 'city STRING', 'amount DECIMAL(10, 2)']],
  ])('%s', (text, wanted) => {
    expect(columns(text, 'big_orders')).toEqual(wanted);
  }); // biome-ignore format: a table

  it('the key follows a renamed column, and can be dropped', () => {
    const text = 'ALTER TABLE city_gmv RENAME city TO town';
    expect(declaration(text, 'city_gmv')).toContain('PRIMARY KEY (window_start, town) NOT ENFORCED');
    expect(declaration(`${text}; ALTER TABLE city_gmv DROP PRIMARY KEY`, 'city_gmv')).not.toContain('PRIMARY KEY');
  });

  it('SET and RESET change options, and the job gets them', () => {
    const text = "ALTER TABLE orders SET ('topic' = 'x'); ALTER TABLE orders RESET ('scan.startup.mode');";
    const { plan, diagnostics } = compile(
      `${DEMO_TABLES}${text} INSERT INTO big_orders SELECT order_id, city, amount FROM orders`,
    );
    expect(diagnostics).toEqual([]);
    expect(plan?.nodes[0]).toMatchObject({
      kind: 'source',
      options: { connector: 'kafka', topic: 'x', format: 'json' },
    });
    expect(JSON.stringify(plan)).not.toContain('scan.startup.mode');
  });

  it('a table of another name is found under it alone', () => {
    const text = 'ALTER TABLE big_orders RENAME TO great_orders; ALTER TABLE orders MODIFY WATERMARK FOR ts AS ts;';
    expect(rows(`${text} SHOW TABLES`)).toEqual([['city_gmv'], ['great_orders'], ['orders']]);
    const { plan } = compile(
      `${DEMO_TABLES}${text} INSERT INTO great_orders SELECT order_id, city, amount FROM orders`,
    );
    expect(plan?.nodes.at(-1)).toMatchObject({ kind: 'sink', table: 'great_orders', options: { topic: 'big_orders' } });
  });

  it('ALTER VIEW gives another query or another name', () => {
    const text = 'CREATE VIEW v AS SELECT city FROM orders; ALTER VIEW v AS SELECT 1 AS a; ALTER VIEW v RENAME TO w';
    expect(columns(text, 'w')).toEqual(['a INT NOT NULL']);
  });
});

describe('there is one catalog with one database, called as in Flink', () => {
  it.each([
    'SELECT city FROM default_catalog.default_database.orders',
    'SELECT city FROM `default_catalog`.`default_database`.`orders` AS o WHERE o.city IS NOT NULL',
    'SELECT orders.city FROM default_database.orders',
    'USE CATALOG default_catalog; USE default_database; USE default_catalog.default_database; SELECT 1',
    'DROP TEMPORARY FUNCTION IF EXISTS f; SELECT 1',
    'TABLE orders',
  ])('%s', (text) => {
    expect(compile(DEMO_TABLES + text).diagnostics).toEqual([]);
  });

  it.each([
    ['SHOW CATALOGS', [['default_catalog']]],
    ['SHOW CURRENT DATABASE', [['default_database']]],
    ["SHOW TABLES FROM default_database LIKE '%orders'", [['big_orders'], ['orders']]],
    ["SHOW TABLES NOT ILIKE 'C%'", [['big_orders'], ['orders']]],
    ["SHOW COLUMNS IN orders LIKE 's%'", [['shop_id', 'BIGINT', null, null, null], ['status', 'STRING', null, null, null]]],
    ['CREATE FUNCTION f (a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return a $$; SHOW USER FUNCTIONS', [['f']]],
    ['CREATE FUNCTION f (a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return a $$; DROP FUNCTION f; SHOW USER FUNCTIONS', []],
    ["CREATE TABLE t (a INT COMMENT 'one', b INT) WITH ('connector' = 'print'); DESCRIBE EXTENDED t", [['a', 'INT', null, null, null, 'one'], ['b', 'INT', null, null, null, null]]],
  ])('%s', (text, wanted) => {
    expect(rows(text)).toEqual(wanted);
  }); // biome-ignore format: a table

  it('what a dropped function did above still runs', () => {
    const text =
      'CREATE FUNCTION f (a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return a $$; SELECT f(1) FROM orders; DROP FUNCTION f;';
    expect(compile(DEMO_TABLES + text).preview?.functions?.map(({ name }) => name)).toEqual(['f']);
    expect(compile(`${DEMO_TABLES}${text} SELECT f(2) FROM orders;`).diagnostics.map(({ message }) => message)).toEqual(
      ['No function F.'],
    );
  });
});

describe('a metadata column that is not VIRTUAL is written', () => {
  const SENT =
    "CREATE TABLE sent (id BIGINT, at TIMESTAMP(3) METADATA FROM 'timestamp', part INT METADATA FROM 'partition' VIRTUAL) WITH ('connector' = 'kafka');";

  it('it is a column of the INSERT, and the connector is told of it', () => {
    const { plan, diagnostics } = compile(`${DEMO_TABLES}${SENT} INSERT INTO sent SELECT order_id, ts FROM orders`);
    expect(diagnostics).toEqual([]);
    expect(plan?.nodes.at(-1)).toMatchObject({
      schema: { fields: [{ name: 'id' }, { name: 'at' }] },
      options: { connector: 'kafka', 'metadata.at': 'timestamp' },
    });
  });

  it('one that is left out is NULL', () => {
    const { diagnostics } = compile(`${DEMO_TABLES}${SENT} INSERT INTO sent (id) SELECT order_id FROM orders`);
    expect(diagnostics).toEqual([]);
  });

  it('a connector that writes none is told of in words of the table', () => {
    const text = `${DEMO_TABLES}${SENT} INSERT INTO sent SELECT order_id, ts FROM orders`;
    const { diagnostics } = compile(text, {
      checkOptions: (_, options, role) =>
        role === 'sink' && 'metadata.at' in options
          ? [{ option: 'metadata.at', message: "unknown option 'metadata.at'", reason: 'unknown' }]
          : [],
    });
    expect(diagnostics.map(({ message, from, to }) => [text.slice(from, to), message])).toEqual([
      ['at', "'kafka' writes no metadata: declare the column at VIRTUAL, or store it without METADATA."],
    ]);
  });
});
