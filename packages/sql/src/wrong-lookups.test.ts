import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';
import { expectTold, type WrongStatement } from './testing/wrong-statement.ts';

const TABLES = `${JOIN_TABLES}
CREATE TABLE customers (id BIGINT, name STRING, tags ARRAY<STRING>, rating DOUBLE, lower_name AS LOWER(name)) WITH ('connector'='jdbc');
CREATE VIEW named_customers AS SELECT id, UPPER(name) AS name FROM customers;
CREATE TABLE baskets (id BIGINT, customer BIGINT, tags ARRAY<STRING>, rating INT, at AS PROCTIME()) WITH ('connector'='kafka');`;

const LOOKUPS: readonly WrongStatement[] = [
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON «b.customer > c.id»',
    'sql.type-mismatch',
    'customers is asked for rows by key: ON compares a column of it with the left side, as in b.x = c.id.',
  ],
  [
    "SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON «c.lower_name = CAST(b.customer AS STRING) AND c.name = 'x'»",
    'sql.type-mismatch',
    'customers is asked for rows by key: ON compares a column of it with the left side, as in b.x = c.id.',
  ],
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON «c.id = CAST(b.rating AS DOUBLE)»',
    'sql.type-mismatch',
    'customers is asked for rows by key: ON compares a column of it with the left side, as in b.x = c.id.',
  ],
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON «b.rating = CAST(c.id AS INT)»',
    'sql.type-mismatch',
    'customers is asked for rows by key: ON compares a column of it with the left side, as in b.x = c.id.',
  ],
  [
    'SELECT * FROM baskets b «FULL JOIN» customers FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.id',
    'sql.unsupported',
    'A join FOR SYSTEM_TIME AS OF is JOIN or LEFT JOIN, not FULL JOIN.',
  ],
  [
    'SELECT * FROM baskets b JOIN «named_customers» FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.id',
    'sql.invalid-table',
    'named_customers is a query, and only a table can be asked for rows by key: join the table it reads, and compute from its columns here.',
  ],
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF «b.id» AS c ON b.customer = c.id',
    'sql.invalid-table',
    'FOR SYSTEM_TIME AS OF takes the event time of the left side; the left side has none: declare a WATERMARK in its table, or write PROCTIME() for the rows a table has when it is asked.',
  ],
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF «NOW()» AS c ON b.customer = c.id',
    'sql.invalid-table',
    'FOR SYSTEM_TIME AS OF takes PROCTIME(), for the rows a table has when it is asked, or the event time of the left side.',
  ],
  [
    'SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.«ident»',
    'sql.unknown-column',
    'No column ident. Columns: id, name, tags, rating, lower_name.',
  ],
  [
    'SELECT * FROM baskets b JOIN «custmers» FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.id',
    'sql.unknown-table',
    'No table custmers. Did you mean customers?',
  ],
];

describe('a lookup join that cannot be is refused at its place', () => {
  it.each(LOOKUPS)('%s', (...statement) => expectTold(TABLES, statement));

  it('a connector that cannot be asked by key is told where it is asked, an option at its value', () => {
    const asked: string[] = [];
    const text = `${TABLES}
      SELECT * FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.id
      JOIN payments FOR SYSTEM_TIME AS OF b.at AS p ON p.order_id = b.id`;
    const { diagnostics } = compile(text, {
      checkOptions: (connector, _, role) => {
        asked.push(`${connector} ${role}`);
        if (role !== 'lookup') return [];
        if (connector === 'kafka') return [{ option: 'connector', message: 'kafka cannot' }];
        return [{ option: 'connector-of-jdbc', message: 'is missing' }];
      },
    });
    const told = diagnostics.map(({ message, from, to }) => `${text.slice(from, to)}: ${message}`);
    expect(told.sort()).toEqual(['WITH: is missing', 'payments: kafka cannot']);
    expect(asked).toContain('jdbc lookup');
  });
});

describe('a lookup join goes by the processing time of its left side', () => {
  it.each([
    ['PROCTIME()', 'SELECT c.name FROM orders o JOIN customers FOR SYSTEM_TIME AS OF PROCTIME() AS c ON o.order_id = c.id'],
    ['a column of a query', 'SELECT c.name FROM (SELECT order_id, PROCTIME() AS p FROM orders) o JOIN customers FOR SYSTEM_TIME AS OF o.p AS c ON o.order_id = c.id'],
    ['one of two lookups', 'SELECT c.name, d.name FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c ON b.customer = c.id LEFT JOIN customers FOR SYSTEM_TIME AS OF b.at AS d ON c.name = d.name'],
    ['renamed columns', 'SELECT c.n FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c (i, n, t, r, l) ON b.customer = c.i'],
    ['USING', 'SELECT name FROM baskets b JOIN customers FOR SYSTEM_TIME AS OF b.at AS c USING (id)'],
  ])('%s', (_, text) => {
    const { preview, diagnostics } = compile(`${TABLES}\n${text}`);
    expect(diagnostics).toEqual([]);
    expect(preview?.nodes.filter(({ kind }) => kind === 'lookup-join').length).toBeGreaterThan(0);
    expect(preview?.nodes.some((node) => node.kind === 'source' && node.table === 'customers')).toBe(false);
  }); // biome-ignore format: one statement a line
});
