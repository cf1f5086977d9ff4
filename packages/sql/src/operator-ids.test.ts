import type { LogicalPlan } from '@millrace/plan';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { DEMO_TABLES } from './testing/demo-tables.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';

const FILTER =
  "INSERT INTO big_orders SELECT order_id, UPPER(city), amount FROM orders WHERE amount > 100 AND status <> 'CANCELED';";
const WINDOW = `INSERT INTO city_gmv SELECT window_start, window_end, city, COUNT(*) AS orders, SUM(amount) AS gmv
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, city;`;

function planOf(text: string): LogicalPlan {
  const { plan, diagnostics } = compile(DEMO_TABLES + text);
  if (plan === undefined) throw new Error(diagnostics[0]?.message);
  return plan;
}

function idsOf(text: string): readonly string[] {
  return planOf(text).nodes.map((node) => node.id);
}

function stateOf(text: string): readonly string[] {
  return planOf(text).nodes.flatMap((node) =>
    ['source', 'watermark', 'window-aggregate', 'sink'].includes(node.kind) ? [node.id] : [],
  );
}

describe('an operator keeps its id while it means the same', () => {
  it('blanks, comments, letter case of keywords and the order of tables change nothing', () => {
    const other = WINDOW.replaceAll(/\s+/g, '  \n')
      .replace('GROUP BY', '-- by minute\n group /* ! */ by')
      .replace('SUM', 'sum');
    expect(idsOf(other)).toEqual(idsOf(WINDOW));
  });

  it('another INSERT before or after keeps every id', () => {
    const alone = idsOf(WINDOW);
    expect(idsOf(WINDOW + FILTER)).toEqual(expect.arrayContaining([...alone]));
    expect(idsOf(FILTER + WINDOW)).toEqual(expect.arrayContaining([...alone]));
    expect(idsOf(WINDOW + FILTER)).toEqual(expect.arrayContaining([...stateOf(FILTER)]));
  });

  it('a changed WHERE keeps the ids of everything that has state', () => {
    const filtered = WINDOW.replace(' GROUP BY', " WHERE status = 'PAID' GROUP BY");
    expect(stateOf(filtered)).toEqual(stateOf(WINDOW));
  });

  it('a join keeps its id when WHERE narrows one side, when columns are added and when aliases change; other keys or bounds are another join', () => {
    const join = `INSERT INTO big_orders SELECT o.order_id, o.city, CAST(p.paid AS DECIMAL(10, 2)) FROM orders o, payments p
      WHERE o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '1' HOUR;`;
    const idOf = (text: string) => {
      const { plan, diagnostics } = compile(JOIN_TABLES + text);
      expect(diagnostics).toEqual([]);
      return plan?.nodes.find((node) => node.kind === 'interval-join')?.id;
    };
    const same = [
      join,
      join.replace(';', " AND o.status = 'PAID';"),
      join.replace('o.city', 'o.status'),
      join.replaceAll(/\bo\b/g, 'x'),
      join.replace('orders o, payments p', 'orders o JOIN payments p ON TRUE'),
    ];
    expect(new Set(same.map(idOf)).size).toBe(1);
    const other = [join.replace("'1' HOUR", "'2' HOUR"), join.replace('o.order_id = ', 'o.shop_id = ')];
    expect(new Set([join, ...other].map(idOf)).size).toBe(3);
  });

  it('another window, key or aggregate is another operator', () => {
    const aggregate = (text: string) => planOf(text).nodes.find((node) => node.kind === 'window-aggregate')?.id;
    const changed = [
      WINDOW.replace("'1' MINUTE", "'2' MINUTE"),
      WINDOW.replace('SUM(amount)', 'MAX(amount)'),
      WINDOW.replaceAll('city,', 'status,').replace('city;', 'status;'),
    ];
    expect(new Set([WINDOW, ...changed].map(aggregate)).size).toBe(4);
  });

  it('ids are unique when the same INSERT stands twice, and the first keeps its own', () => {
    const ids = idsOf(WINDOW + WINDOW);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([...idsOf(WINDOW)]));
  });
});

describe('a plan reads a table once', () => {
  it('with the columns all INSERTs need', () => {
    const sources = planOf(FILTER + WINDOW).nodes.filter((node) => node.kind === 'source');
    expect(sources.map((node) => node.schema.fields.map((field) => field.name))).toEqual([
      ['order_id', 'city', 'amount', 'status', 'ts'],
    ]);
  });

  it('and what two INSERTs do alike is done once', () => {
    const kinds = planOf(WINDOW + WINDOW).nodes.map((node) => node.kind);
    expect(kinds.filter((kind) => kind === 'window-aggregate')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'sink')).toHaveLength(2);
  });
});

describe('a preview is the query without its sink', () => {
  it('of the statement asked for', () => {
    const text = `${DEMO_TABLES}${FILTER}${WINDOW}`;
    const sinkOf = (previewStatement: number) => compile(text, { previewStatement }).preview?.nodes.at(-1);
    expect(sinkOf(0)).toMatchObject({ kind: 'sink', connector: 'preview', options: {} });
    expect(sinkOf(1)?.schema.fields.map((field) => field.name)).toEqual([
      'window_start',
      'window_end',
      'city',
      'orders',
      'gmv',
    ]);
    expect(sinkOf(2)).toBeUndefined();
  });

  it('the last SELECT when none is asked for', () => {
    const { preview } = compile(`${DEMO_TABLES}SELECT *, amount * 2 AS twice FROM orders; ${FILTER}`);
    expect(preview?.nodes.at(-1)?.schema.fields.map((field) => field.name)).toContain('twice');
  });
});
