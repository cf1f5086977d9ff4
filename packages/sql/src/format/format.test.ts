import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Script } from '../ast.ts';
import { Report } from '../diagnostic.ts';
import { tokenize } from '../lexer.ts';
import { parseScript } from '../parser/script.ts';
import { JOIN_TABLES } from '../testing/join-tables.ts';
import { OTHER_STATEMENTS } from '../testing/other-statements.ts';
import { randomOf } from '../testing/random.ts';
import { gapsOf } from './comments.ts';
import { format } from './format.ts';

const FOLDER = new URL('../../test/plans/', import.meta.url);
const GOLDEN = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
const textOf = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');

/** The tree without places; the letter case of functions means nothing. */
function meaningOf(text: string): unknown {
  const report = new Report(text);
  const script: Script = parseScript(text, report);
  expect(report.diagnostics()).toEqual([]);
  return withoutPlaces(script);
}

function withoutPlaces(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPlaces);
  if (typeof node !== 'object' || node === null) return node;
  const isCall = 'kind' in node && (node.kind === 'call' || node.kind === 'window');
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, part]) => {
      if (['from', 'to', 'partsEnd', 'placeOf'].includes(key) || key.endsWith('Span')) return [];
      if (key === 'distinct') return [[key, part !== undefined]];
      if (isCall && (key === 'name' || key === 'function')) return [[key, String(part?.text).toUpperCase()]];
      return [[key, withoutPlaces(part)]];
    }),
  );
}

/** In order, those that end their line apart: such a one goes behind the others, where a line holds several. */
function commentsOf(text: string): readonly string[] {
  const tokens = tokenize(text, new Report(text)).slice(0, -1);
  const comments = gapsOf(text, tokens).flatMap((gap) => gap.comments);
  const texts = (isLine: boolean) => comments.filter((one) => one.isLine === isLine).map((one) => one.text);
  return [...texts(false), ...texts(true)];
}

function expectFormatted(text: string): string {
  const { text: formatted, reason } = format(text);
  expect(reason, text).toBeUndefined();
  expect(meaningOf(formatted), text).toEqual(meaningOf(text));
  expect(commentsOf(formatted), text).toEqual(commentsOf(text));
  expect(format(formatted), text).toEqual({ text: formatted });
  for (const line of formatted.split('\n')) expect(line, text).toBe(line.trimEnd());
  return formatted;
}

describe('formatting keeps the meaning and the comments, and doing it again changes nothing', () => {
  it.each(GOLDEN)('%s', (file) => {
    expectFormatted(textOf(file));
  });

  it('the tables of the tests', () => {
    expectFormatted(JOIN_TABLES);
  });

  it.each(OTHER_STATEMENTS)('%s', (text) => {
    expectFormatted(text);
  });

  it('two comments of which a parenthesis came between', () => {
    expectFormatted('SELECT ROW_NUMBER( -- a\n) OVER -- b\n(ORDER BY ts) FROM orders');
  });

  const seed = Number(process.env.FORMAT_SEED ?? Date.now() % 1_000_000);
  it(`statements with white space and comments at random places (seed ${seed})`, () => {
    const random = randomOf(seed);
    const texts = [...GOLDEN.map(textOf), ...OTHER_STATEMENTS];
    for (let round = 0; round < 150; round++) {
      const text = texts[round % texts.length] ?? '';
      expectFormatted(scattered(text, random));
    }
  }, 300_000);
});

const TRIVIA = [' ', '  ', '\n', '\n\n', '\n\n\n  ', '\t', ' /* aside */ ', ' -- note\n', '\n-- above\n', '\n/* two\n   lines */\n', '\n\n-- apart\n\n']; // biome-ignore format: a list

/** Other white space and comments between some of the tokens. */
function scattered(text: string, random: () => number): string {
  const tokens = tokenize(text, new Report(text)).slice(0, -1);
  const pieces = tokens.map((token, at) => {
    const before = text.slice(tokens[at - 1]?.to ?? 0, token.from);
    const other = TRIVIA[Math.floor(random() * TRIVIA.length)] ?? ' ';
    return (random() < 0.1 ? `${before}${other}` : before) + text.slice(token.from, token.to);
  });
  return `${pieces.join('')}${random() < 0.5 ? ' -- the end' : ''}`;
}

describe('the layout', () => {
  it.each([
    ['select city,amount from orders', 'SELECT city, amount FROM orders\n'],
    ['select upper ( city ) , count ( * ) from orders group by city;', 'SELECT UPPER(city), COUNT(*) FROM orders GROUP BY city;\n'],
    ['select - 1, 2 - - 1, -amount, a-b from t', 'SELECT -1, 2 - -1, -amount, a - b FROM t\n'],
    ['create table t(Date date,`select` int,r row<date date,x array<int>>)with(\'connector\'=\'print\')', "CREATE TABLE t (\n  Date DATE,\n  `select` INT,\n  r ROW<date DATE, x ARRAY<INT>>\n) WITH (\n  'connector' = 'print'\n)\n"],
    ['insert into t(a,b) select 1,2', 'INSERT INTO t (a, b)\nSELECT 1, 2\n'],
    ['insert into t values (1,\'a\'),(2,\'b\')', "INSERT INTO t\nVALUES (1, 'a'), (2, 'b')\n"],
    ["set 'a'='b';set 'c'='d'", "SET 'a' = 'b';\nSET 'c' = 'd'\n"],
    ['', ''],
    ['-- only a comment', '-- only a comment\n'],
    ['select a -- why\n, b from t', 'SELECT\n  a, -- why\n  b\nFROM t\n'],
    ['with a as (select 1 as x), b as (select 2 as y) select * from a, b', 'WITH a AS (\n  SELECT 1 AS x\n),\nb AS (\n  SELECT 2 AS y\n)\nSELECT *\nFROM a, b\n'],
    ['create view v as select * from t', 'CREATE VIEW v AS\nSELECT * FROM t\n'],
    ['execute statement set begin insert into a select 1; insert into b select 2; end;', 'EXECUTE STATEMENT SET BEGIN\n  INSERT INTO a\n  SELECT 1;\n\n  INSERT INTO b\n  SELECT 2;\nEND;\n'],
    ['select a from t where a is not distinct from b and c between 1 and 2', 'SELECT a FROM t WHERE a IS NOT DISTINCT FROM b AND c BETWEEN 1 AND 2\n'],
    ['select tags[1],array[1,2],map[\'a\',1] from carts', "SELECT tags[1], ARRAY[1, 2], MAP['a', 1] FROM carts\n"],
    ['explain plan for select 1', 'EXPLAIN PLAN FOR SELECT 1\n'],
    ['explain statement set begin insert into t select 1; end', 'EXPLAIN STATEMENT SET BEGIN\n  INSERT INTO t\n  SELECT 1;\nEND\n'],
    ['select one, pattern, define from t', 'SELECT one, pattern, define FROM t\n'],
  ])('%s', (text, expected) => {
    expect(format(text)).toEqual({ text: expected });
  }); // biome-ignore format: a table

  it('long queries get a line per clause, long lists a line per item', () => {
    const text =
      "select o.order_id,o.city,sum(o.amount) filter(where o.status='PAID') over(partition by o.city order by o.ts) as paid_so_far from orders as o left join payments p on o.order_id=p.order_id and p.ts between o.ts-interval '1' hour and o.ts+interval '1' hour where o.amount>100 and (o.city='Berlin' or o.city in (select city from big_cities where inhabitants > 1000000 and country = 'DE'))";
    expect(format(text).text).toBe(`SELECT
  o.order_id,
  o.city,
  SUM(o.amount) FILTER (WHERE o.status = 'PAID') OVER (
    PARTITION BY o.city
    ORDER BY o.ts
  ) AS paid_so_far
FROM orders AS o
LEFT JOIN payments p
  ON o.order_id = p.order_id AND p.ts BETWEEN o.ts - INTERVAL '1' HOUR AND o.ts + INTERVAL '1' HOUR
WHERE o.amount > 100
  AND (
    o.city = 'Berlin'
      OR o.city IN (SELECT city FROM big_cities WHERE inhabitants > 1000000 AND country = 'DE')
  )
`);
  });

  it('a statement with a syntax error stays as it is, and the reason names the first', () => {
    const text = 'SELECT a\nFROM t WHER x = 1';
    expect(format(text)).toEqual({
      text,
      reason: expect.stringMatching(/^Line 2: Expected .* but found WHER\. Did you mean WHERE\?$/),
    });
  });

  it.each([
    ['select a from t; -- one\nselect  b frm u where;\n\n-- three\nselect c from w', 'SELECT a FROM t; -- one\nselect  b frm u where;\n\n-- three\nSELECT c FROM w\n'],
    ['execute statement set begin insert into a select 1; insert into b selct 2; end; drop table x', 'execute statement set begin insert into a select 1; insert into b selct 2; end;\nDROP TABLE x\n'],
    ['execute statement set begin insert into a select 1; end; selct', 'EXECUTE STATEMENT SET BEGIN\n  INSERT INTO a\n  SELECT 1;\nEND;\n\nselct\n'],
    ["set 'a' = 'b'; selct 'x; select 1", "SET 'a' = 'b';\nselct 'x; select 1\n"],
    ['selct 1;', 'selct 1;'],
  ])('the others are laid out around it: %j', (text, expected) => {
    const { text: formatted, reason } = format(text);
    expect(formatted).toBe(expected);
    expect(reason).toMatch(/^Line /);
    expect(format(formatted).text).toBe(formatted);
  }); // biome-ignore format: a table
});
