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

  it('another key is another memory: the old one would be lost', () => {
    const { verdict, reasons } = compareState(
      planOf(COUNT),
      planOf(COUNT.replaceAll('city', 'status').replace('(status, n', '(city, n')),
    );
    expect(verdict).toBe('incompatible');
    expect(reasons[0]).toBe('"GROUP BY city" (group-aggregate) is gone, and what it remembers with it.');
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
