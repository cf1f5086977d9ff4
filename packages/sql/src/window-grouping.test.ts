import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';
import { JOIN_TABLES } from './testing/join-tables.ts';

const CLOCK =
  "CREATE TABLE ticks (city STRING, amount BIGINT, note STRING, pt AS PROCTIME()) WITH ('connector' = 'kafka');\n";
const GAP = "INTERVAL '1' MINUTE";
const WINDOWS: readonly (readonly [string, string])[] = [
  ['TUMBLE', `TUMBLE(TABLE orders, DESCRIPTOR(ts), ${GAP})`],
  ['HOP', `HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '20' SECOND, ${GAP})`],
  ['CUMULATE', `CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '20' SECOND, ${GAP})`],
  ['SESSION', `SESSION(TABLE orders PARTITION BY city, DESCRIPTOR(ts), ${GAP})`],
  ['SESSION of all', `SESSION(TABLE orders, DESCRIPTOR(ts), ${GAP})`],
  ['TUMBLE by the clock', `TUMBLE(TABLE ticks, DESCRIPTOR(pt), ${GAP})`],
  ['HOP by the clock', `HOP(TABLE ticks, DESCRIPTOR(pt), INTERVAL '20' SECOND, ${GAP})`],
  ['CUMULATE by the clock', `CUMULATE(TABLE ticks, DESCRIPTOR(pt), INTERVAL '20' SECOND, ${GAP})`],
  ['SESSION by the clock', `SESSION(TABLE ticks PARTITION BY city, DESCRIPTOR(pt), ${GAP})`],
];

/** Groupings whose every group a window ends, over `w`: a table with window columns, city and amount. */
const FINAL: readonly string[] = [
  'SELECT window_start, window_end, COUNT(*) FROM w GROUP BY window_start, window_end',
  'SELECT city, window_end, SUM(amount) FROM w GROUP BY city, window_start, window_end',
  'SELECT amount, window_time, COUNT(DISTINCT city) FROM w GROUP BY amount, window_start, window_end, window_time',
  'SELECT city, amount, COUNT(*) FILTER (WHERE amount > 1) FROM w GROUP BY city, amount, window_start, window_end',
  'SELECT window_start, city, amount, COUNT(*) FROM w GROUP BY window_start, window_end, GROUPING SETS ((city), (amount), ())',
  'SELECT window_start, city, amount, COUNT(*) FROM w GROUP BY window_start, window_end, ROLLUP (city, amount)',
  'SELECT window_start, city, amount, COUNT(*) FROM w GROUP BY window_start, window_end, CUBE (city, amount)',
  'SELECT city, COUNT(*) FROM w GROUP BY GROUPING SETS ((window_start, window_end, city), (window_end, window_start))',
  'SELECT HOUR(window_start), COUNT(*) FROM w GROUP BY window_start, window_end, HOUR(window_start)',
  'SELECT COUNT(*) FROM w GROUP BY window_start, window_end, CAST(SECOND(window_start) AS BIGINT) + amount',
  'SELECT amount, MAX(window_end) FROM w GROUP BY amount, window_start, window_end',
  'SELECT COUNT(*) FILTER (WHERE SECOND(window_start) > amount) FROM w GROUP BY window_start, window_end',
  'SELECT COUNT(*) FROM w WHERE SECOND(window_start) > amount GROUP BY window_start, window_end HAVING COUNT(*) > 1',
  'SELECT DISTINCT window_start, window_end, amount FROM w',
  'SELECT s, e, SUM(n) FROM (SELECT window_start AS s, window_end AS e, city, COUNT(*) AS n FROM w GROUP BY window_start, window_end, city) GROUP BY s, e',
  'SELECT s, MAX(x) FROM (SELECT window_start AS s, window_end AS e, x FROM w CROSS JOIN UNNEST(ARRAY[amount, 7]) AS u (x)) GROUP BY s, e, x',
  'SELECT window_start, SUM(amount) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY amount DESC) AS place FROM w) WHERE place <= 2 GROUP BY window_start, window_end',
  'SELECT l.window_start, COUNT(*) FROM w AS l JOIN w AS r ON l.city = r.city AND l.window_start = r.window_start AND l.window_end = r.window_end GROUP BY l.window_start, l.window_end',
  'SELECT window_start, COUNT(*) FROM (SELECT * FROM w UNION ALL SELECT * FROM w) GROUP BY window_start, window_end',
  `SELECT window_start, SUM(n) FROM TUMBLE((SELECT window_time AS wt, COUNT(*) AS n FROM w GROUP BY window_start, window_end, window_time), DESCRIPTOR(wt), INTERVAL '1' HOUR) GROUP BY window_start, window_end`,
  `SELECT TUMBLE_START(wt, INTERVAL '1' HOUR), COUNT(*) FROM (SELECT window_time AS wt FROM w) GROUP BY TUMBLE(wt, INTERVAL '1' HOUR)`,
];

function planOf(window: string, query: string) {
  const view = `CREATE VIEW w AS SELECT city, amount, window_start, window_end, window_time FROM TABLE(${window});\n`;
  const { preview, diagnostics } = compile(JOIN_TABLES + CLOCK + view + query);
  expect(diagnostics).toEqual([]);
  return preview;
}

describe('every grouping that names the window gives each group once, over every window, on both times', () => {
  for (const [name, window] of WINDOWS) {
    it.each(FINAL)(`${name}: %s`, (query) => {
      const kinds = planOf(window, query)?.nodes.map(({ kind }) => kind) ?? [];
      expect(kinds).toContain('window-aggregate');
      expect(kinds).not.toContain('group-aggregate');
      expect(kinds).not.toContain('join');
    });
  }
});

describe('a grouping that no window ends is warned of, and has a row that is replaced', () => {
  const TUMBLE = `TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), ${GAP}))`;
  const SESSION = `TABLE(SESSION(TABLE orders PARTITION BY city, DESCRIPTOR(ts), ${GAP}))`;
  const CASES: readonly (readonly [string, string, string, string | undefined])[] = [
    [`SELECT window_start, COUNT(*) FROM ${TUMBLE} «GROUP BY window_start»`, 'window_end', 'GROUP BY', ', window_end'],
    [`SELECT window_end, COUNT(*) FROM ${SESSION} «GROUP BY window_end»`, 'window_start', 'GROUP BY', ', window_start'],
    [
      `SELECT city, COUNT(*) FROM ${TUMBLE} «GROUP BY city»`,
      'window_start and window_end',
      'GROUP BY',
      ', window_start, window_end',
    ],
    [`SELECT «COUNT(*)» FROM ${SESSION}`, 'window_start and window_end', 'GROUP BY', undefined],
    [
      `SELECT city, COUNT(*) FROM ${TUMBLE} «GROUP BY ROLLUP (window_start, window_end, city)»`,
      'window_start and window_end',
      'every grouping set',
      undefined,
    ],
  ];

  it.each(CASES)('%s', (marked, names, place, insert) => {
    const text = JOIN_TABLES + marked.replaceAll(/[«»]/g, '');
    const from = JOIN_TABLES.length + marked.indexOf('«');
    const to = JOIN_TABLES.length + marked.indexOf('»') - 1;
    const { preview, diagnostics } = compile(text);
    const message = `Without ${names} in ${place} no window ends a group: groups are kept for ever, and each row replaces a result. Name ${names} too for one final row per window.`;
    expect(diagnostics).toEqual([expect.objectContaining({ severity: 'warning', message, from, to })]);
    expect(diagnostics[0]?.fix?.insert).toBe(insert);
    expect(preview?.nodes.map(({ kind }) => kind)).toContain('group-aggregate');
  });
});

describe('rows that come after their window is over are not held against it', () => {
  it('a ranking of rows of a regular join is not final when the window ends, nor is their grouping', () => {
    const joined = `(SELECT w.window_start, w.window_end, d.amount FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), ${GAP})) AS w JOIN orders AS d ON w.shop_id = d.shop_id)`;
    const kindsOf = (query: string) => compile(JOIN_TABLES + query).preview?.nodes ?? [];
    const ranked = kindsOf(
      `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY amount) AS place FROM ${joined}) WHERE place <= 2`,
    );
    expect(ranked.find(({ kind }) => kind === 'rank')).not.toHaveProperty('windowEnd');
    const grouped = kindsOf(`SELECT window_start, COUNT(*) FROM ${joined} GROUP BY window_start, window_end`);
    expect(grouped.map(({ kind }) => kind)).toContain('group-aggregate');
  });
});
