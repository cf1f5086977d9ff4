import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectors } from '@millrace/connectors';
import { compile } from '@millrace/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewAnswerOf } from '../testing/preview-answer.ts';

const ORDERS = `CREATE VIEW orders AS SELECT * FROM (VALUES (1, 'a', 'x', 1.50, 9007199254740993), (2, 'a', 'y', 1.50, 1), (3, 'a', 'x', 2.25, 1),
  (4, 'b', CAST(NULL AS STRING), 1.50, CAST(NULL AS BIGINT)), (5, 'b', 'x', 3.00, 2)) AS t (id, city, item, price, n);`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-multisets-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a multiset is values with how often each is there', () => {
  it.each([
    ['SELECT city, COLLECT(item) FROM orders GROUP BY city', ['a {x=2, y=1}', 'b {x=1}']],
    ['SELECT COLLECT(DISTINCT item) FROM orders', ['{x=1, y=1}']],
    ['SELECT COLLECT(price) FILTER (WHERE id < 4) FROM orders', ['{1.50=2, 2.25=1}']],
    ["SELECT COLLECT(n) FROM orders WHERE city = 'a'", ['{1=2, 9007199254740993=1}']],
    // Of no value it is empty, not NULL.
    ['SELECT id, COLLECT(item) FROM orders WHERE item IS NULL GROUP BY id', ['4 {}']],
    ['SELECT city, CARDINALITY(COLLECT(item)) FROM orders GROUP BY city', ['a 3', 'b 1']],
    ["SELECT ELEMENT(COLLECT(item)) FROM orders WHERE city = 'b'", ['x']],
    ['SELECT city, i FROM (SELECT city, COLLECT(item) AS items FROM orders GROUP BY city) AS c CROSS JOIN UNNEST(items) AS u (i)', ['a x', 'a x', 'a y', 'b x']],
    ['SELECT city, i, o FROM (SELECT city, COLLECT(item) AS items FROM orders GROUP BY city) AS c CROSS JOIN UNNEST(items) WITH ORDINALITY AS u (i, o)', ['a x 1', 'a x 2', 'a y 3', 'b x 1']],
    ['SELECT i, p FROM (SELECT COLLECT(ROW(item, price)) AS rs FROM orders) AS c, UNNEST(rs) AS u (i, p)', ['null 1.50', 'x 1.50', 'x 2.25', 'x 3.00', 'y 1.50']],
    ['SELECT items, COUNT(*) FROM (SELECT id, COLLECT(item) AS items FROM orders GROUP BY id) GROUP BY items', ['{x=1} 3', '{y=1} 1', '{} 1']],
    ['SELECT CAST(COLLECT(item) AS STRING), CAST(COLLECT(price) AS MULTISET<DECIMAL(5, 1)>) FROM orders', ['{x=3, y=1} {1.5=3, 2.3=1, 3.0=1}']],
    ['SELECT COLLECT(items) FROM (SELECT city, COLLECT(item) AS items FROM orders GROUP BY city)', ['{{x=1}=1, {x=2, y=1}=1}']],
  ])('%s', async (query, rows) => {
    expect((await previewAnswerOf(`${ORDERS} ${query}`)).map((row) => row.replaceAll('"', ''))).toEqual(rows);
  }); // biome-ignore format: a table

  it('also over the rows so far, where digits are exact too', async () => {
    const file = path.join(root, 'r.json');
    const row = (id: number) =>
      JSON.stringify({ id, price: '1.50', n: '9007199254740993', ts: `2026-01-01 00:00:0${id}` });
    writeFileSync(file, `${row(1)}\n${row(2)}\n`);
    const table = `CREATE TABLE r (id INT, price DECIMAL(10, 2), n BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
      WITH ('connector' = 'filesystem', 'path' = 'r.json', 'format' = 'json');`;
    const files = [...connectors({ filesRoot: root, allowedHosts: [] }).values()].filter(
      ({ name }) => name === 'filesystem',
    );
    const query =
      'SELECT id, COLLECT(price) OVER (ORDER BY ts), COLLECT(n) OVER (ORDER BY ts), ARRAY_AGG(price) OVER (ORDER BY ts), ARRAY_AGG(n) OVER (ORDER BY ts) FROM r';
    expect((await previewAnswerOf(`${table} ${query}`, files)).map((found) => found.replaceAll('"', ''))).toEqual([
      '1 {1.50=1} {9007199254740993=1} [1.50] [9007199254740993]',
      '2 {1.50=2} {9007199254740993=2} [1.50, 1.50] [9007199254740993, 9007199254740993]',
    ]);
  });

  it('as JSON it is an object of values and counts, and is read back from one', async () => {
    writeFileSync(path.join(root, 'm.json'), '{"id":1,"tags":{"b":2,"a":1}}\n{"id":2,"tags":{}}\n{"id":3}\n');
    const table = `CREATE TABLE m (id INT, tags MULTISET<STRING>) WITH ('connector' = 'filesystem', 'path' = 'm.json', 'format' = 'json');`;
    const files = [...connectors({ filesRoot: root, allowedHosts: [] }).values()].filter(
      ({ name }) => name === 'filesystem',
    );
    const query = 'SELECT id, CARDINALITY(tags), t FROM m LEFT JOIN UNNEST(tags) AS u (t) ON TRUE';
    expect(await previewAnswerOf(`${table} ${query}`, files)).toEqual([
      '1 3 a',
      '1 3 b',
      '1 3 b',
      '2 0 null',
      '3 null null',
    ]);
  });
});

describe('what a multiset is not', () => {
  const told = (query: string) => compile(`${ORDERS} ${query}`).diagnostics.map(({ message }) => message);
  it.each([
    ["SELECT COLLECT(item)['x'] FROM orders", '[ ] takes an element of an ARRAY or MAP, not of MULTISET<STRING>: take it apart with UNNEST.'],
    ['SELECT MAP_KEYS(COLLECT(item)) FROM orders', 'Argument 1 of MAP_KEYS is a MAP, not MULTISET<STRING>.'],
    ['SELECT COLLECT(*) FROM orders', 'COLLECT(*) is not defined: name a column.'],
    ['SELECT CAST(COLLECT(item) AS MAP<STRING, INT>) FROM orders', 'MULTISET<STRING> cannot be cast to MAP<STRING, INT>.'],
  ])('%s', (query, message) => {
    expect(told(query)).toEqual([message]);
  }); // biome-ignore format: a table
});
