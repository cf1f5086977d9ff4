import { compareState } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';

const SINK = `CREATE TABLE totals (city STRING, n BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'jdbc');\n`;
const COUNT = 'INSERT INTO totals SELECT city, COUNT(*) FROM orders GROUP BY city;';

function planOf(text: string) {
  const { plan, diagnostics } = compile(DEMO_TABLES + SINK + text);
  expect(diagnostics).toEqual([]);
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

describe('state survives an edit that does not touch what is remembered', () => {
  it.each([
    ['nothing', COUNT],
    ['a filter behind it', COUNT.replace(';', ' HAVING COUNT(*) > 5;')],
    ['a filter before it', COUNT.replace('FROM orders', "FROM orders WHERE status = 'paid'")],
    ['another output of rows', `${COUNT} INSERT INTO big_orders SELECT order_id, city, amount FROM orders;`],
  ])('changed: %s', (_, text) => {
    expect(compareState(planOf(COUNT), planOf(text))).toEqual({ verdict: 'compatible', reasons: [] });
  });

  it('a new aggregate beside it begins with nothing', () => {
    const more = `${COUNT} INSERT INTO totals SELECT status, COUNT(*) FROM orders GROUP BY status;`;
    const { verdict, reasons } = compareState(planOf(COUNT), planOf(more));
    expect([verdict, reasons]).toEqual([
      'partly',
      ['"GROUP BY status" (group-aggregate) is new and begins with nothing.'],
    ]);
  });

  describe('when several INSERTs read one view', () => {
    const VIEW =
      'CREATE VIEW v AS SELECT city, COUNT(*) AS n, MAX(amount) AS top, SUM(amount) AS total FROM orders GROUP BY city;\n';
    const MORE = `CREATE TABLE tops (city STRING, top DECIMAL(10, 2), PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'jdbc');\n`;
    const FIRST = 'INSERT INTO totals SELECT city, n FROM v;';
    const alone = () => planOf(VIEW + FIRST);
    const aggregates = (text: string) =>
      planOf(VIEW + MORE + text).nodes.filter(({ kind }) => kind === 'group-aggregate');

    it('an INSERT added behind another keeps what that one remembers; the aggregates it adds begin with nothing', () => {
      const both = `${FIRST} INSERT INTO tops SELECT city, top FROM v WHERE top > 5;`;
      expect(aggregates(both)).toHaveLength(1);
      expect(compareState(alone(), planOf(VIEW + MORE + both))).toEqual({
        verdict: 'partly',
        reasons: ['"GROUP BY city" (group-aggregate) computes more aggregates now: the new ones begin with nothing.'],
      });
    });

    it('an INSERT that needs no other aggregate changes nothing', () => {
      const both = `${FIRST} INSERT INTO tops SELECT city, CAST(n AS DECIMAL(10, 2)) FROM v WHERE city <> 'X';`;
      expect(compareState(alone(), planOf(VIEW + MORE + both))).toEqual({ verdict: 'compatible', reasons: [] });
    });

    it('other aggregates in the place of those added are another memory, and so is one less', () => {
      const both = planOf(`${VIEW + MORE + FIRST} INSERT INTO tops SELECT city, top FROM v;`);
      const other = planOf(
        `${VIEW.replace('MAX(amount)', 'MIN(amount)') + MORE + FIRST} INSERT INTO tops SELECT city, top FROM v;`,
      );
      expect(compareState(both, other).verdict).toBe('incompatible');
      expect(compareState(both, alone()).verdict).toBe('incompatible');
    });

    it('rows of a join are not made wider for a reader that is added: it has a join of its own, the first keeps its rows', () => {
      const view =
        'CREATE VIEW w AS SELECT o.city, o.status, p.amount FROM orders o JOIN orders p ON o.order_id = p.order_id;';
      const first =
        'INSERT INTO totals SELECT city, order_count FROM (SELECT city, COUNT(*) AS order_count FROM w GROUP BY city);';
      const before = planOf(view + first);
      const after = planOf(`${view + first} INSERT INTO big_orders SELECT 1, status, amount FROM w;`);
      expect(compareState(before, after).verdict).toBe('partly');
      expect(after.nodes.filter(({ kind }) => kind === 'join')).toHaveLength(2);
    });
  });

  it('another key is another memory: the old one would be lost', () => {
    const { verdict, reasons } = compareState(
      planOf(COUNT),
      planOf(COUNT.replaceAll('city', 'status').replace('(status, n', '(city, n')),
    );
    expect(verdict).toBe('incompatible');
    expect(reasons[0]).toBe('"GROUP BY city" (group-aggregate) is gone, and what it remembers with it.');
  });

  it('a table that tells rows by key is remembered once, and what a lookup of changing rows gave', () => {
    const tables = `
      CREATE TABLE prices (item STRING, shop INT, price DOUBLE, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
      CREATE TABLE shops (id INT, name STRING) WITH ('connector' = 'jdbc');
      CREATE TABLE named (item STRING, name STRING, price DOUBLE, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'jdbc');`;
    const query = (select: string, type = 'JOIN') => `${tables} INSERT INTO named SELECT p.item, ${select}
      FROM prices AS p ${type} shops FOR SYSTEM_TIME AS OF PROCTIME() AS s ON p.shop = s.id;`;
    const before = planOf(query('s.name, p.price'));
    expect(compareState(before, planOf(query('UPPER(s.name), p.price * 2'))).verdict).toBe('compatible');
    const { reasons } = compareState(before, planOf(query('s.name, CAST(NULL AS DOUBLE)')));
    expect(reasons).toEqual([
      '"prices: full changes" (changelog-normalize) remembers in another shape: its keys or aggregates have changed.',
      expect.stringMatching(/\(lookup-join\) remembers in another shape/),
    ]);
  });

  it('another body of an aggregate is another memory, of a scalar function it is not', () => {
    const script = (step: string, masked: string) => `
      CREATE AGGREGATE FUNCTION counted(x STRING) RETURNS BIGINT LANGUAGE JAVASCRIPT AS $$
        export function createAccumulator() { return { n: 0 }; }
        export function accumulate(held) { held.n += ${step}; }
        export function getValue(held) { return held.n; }
      $$;
      CREATE FUNCTION mask(x STRING) RETURNS STRING LANGUAGE JAVASCRIPT AS $$ return ${masked}; $$;
      INSERT INTO totals SELECT mask(city), counted(city) FROM orders GROUP BY mask(city);`;
    const before = planOf(script('1', 'x'));
    expect(compareState(before, planOf(script('1', "x ?? 'nobody'"))).verdict).toBe('compatible');
    expect(compareState(before, planOf(script('2', 'x'))).verdict).toBe('incompatible');
  });

  it('another topic leaves open whether the positions fit', () => {
    const plan = planOf(COUNT);
    const moved = plan.nodes.map((node) =>
      node.kind === 'source' ? { ...node, options: { ...node.options, topic: 'other' } } : node,
    );
    expect(compareState(plan, { nodes: moved }).verdict).toBe('unknown');
  });
});
