import type { Value } from '@millrace/batch';
import { compile } from '@millrace/sql';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { CruelPlan, type Happening } from '../testing/cruel-plan.ts';
import { overWith, type Row, type WindowedRow, type Windowing, windowedRows } from '../testing/windowed-rows.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`window-rows seed ${seed}`);
const ROUNDS = 2;

const S = 1_000;
const grid = (at: number, step: number) => Math.floor(at / step) * step;
const WINDOWS: readonly (readonly [call: (time: string) => string, windowing: Windowing])[] = [
  [
    (time) => `TUMBLE(TABLE a, DESCRIPTOR(${time}), INTERVAL '10' SECOND)`,
    { kind: 'grid', windowsOf: (at) => [[grid(at, 10 * S), grid(at, 10 * S) + 10 * S]] },
  ],
  [
    (time) => `HOP(TABLE a, DESCRIPTOR(${time}), INTERVAL '5' SECOND, INTERVAL '10' SECOND)`,
    {
      kind: 'grid',
      windowsOf: (at) => [0, 5].map((back) => [grid(at, 5 * S) - back * S, grid(at, 5 * S) + (10 - back) * S]),
    },
  ],
  [
    (time) => `CUMULATE(TABLE a, DESCRIPTOR(${time}), INTERVAL '5' SECOND, INTERVAL '10' SECOND)`,
    {
      kind: 'grid',
      windowsOf: (at) => {
        const start = grid(at, 10 * S);
        return [5, 10].map((size) => [start, start + size * S] as const).filter(([, end]) => at < end);
      },
    },
  ],
  [
    (time) => `SESSION(TABLE a PARTITION BY k, DESCRIPTOR(${time}), INTERVAL '4' SECOND)`,
    { kind: 'session', gapMs: 4 * S, keyOf: ({ k }) => k },
  ],
  [
    (time) => `SESSION(TABLE a, DESCRIPTOR(${time}), INTERVAL '1' SECOND)`,
    { kind: 'session', gapMs: S, keyOf: () => null },
  ],
  [
    (time) => `SESSION(TABLE listed PARTITION BY ks, DESCRIPTOR(${time}), INTERVAL '4' SECOND)`,
    { kind: 'session', gapMs: 4 * S, keyOf: ({ k, s }) => `${k} ${s}` },
  ],
];

type Cells = readonly Value[];
type Answer = (rows: readonly WindowedRow[]) => readonly Cells[];

/** One row per key: the key and what is made of its rows. */
function grouped(
  rows: readonly WindowedRow[],
  keyOf: (row: WindowedRow) => Cells,
  make: (rows: readonly WindowedRow[]) => Cells,
) {
  const groups = new Map<string, { readonly key: Cells; readonly rows: WindowedRow[] }>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(textOf(key)) ?? { key, rows: [] };
    group.rows.push(row);
    groups.set(textOf(key), group);
  }
  return [...groups.values()].map((group) => [...group.key, ...make(group.rows)]);
}

const count = (rows: readonly unknown[]) => BigInt(rows.length);
const sum = (rows: readonly WindowedRow[]) => rows.reduce((total, { v }) => total + BigInt(Number(v)), 0n);
const isLonger = ({ start, end, v }: WindowedRow) => Math.floor((end - start) / S) > Number(v);
const LENGTH = 'TIMESTAMPDIFF(SECOND, window_start, window_end)';
const BY = 'GROUP BY window_start, window_end';

/** The first two columns are the window. */
const QUERIES: readonly (readonly [query: string, answer: Answer])[] = [
  [
    `SELECT window_start, window_end, COUNT(*), SUM(v) FROM w ${BY}`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end],
        (rs) => [count(rs), sum(rs)],
      ),
  ],
  [
    `SELECT window_start, window_end, s, COUNT(*), SUM(v) FROM w ${BY}, s`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end, r.s],
        (rs) => [count(rs), sum(rs)],
      ),
  ],
  [
    `SELECT window_start, window_end, k, s, COUNT(*) FROM w ${BY}, GROUPING SETS ((k), (s), ())`,
    (w) => [
      ...grouped(
        w,
        (r) => [r.start, r.end, r.k, null],
        (rs) => [count(rs)],
      ),
      ...grouped(
        w,
        (r) => [r.start, r.end, null, r.s],
        (rs) => [count(rs)],
      ),
      ...grouped(
        w,
        (r) => [r.start, r.end, null, null],
        (rs) => [count(rs)],
      ),
    ],
  ],
  [
    `SELECT window_start, window_end, CASE WHEN MOD(v, 2) = 0 THEN window_start ELSE window_end END, COUNT(*) FROM w ${BY}, CASE WHEN MOD(v, 2) = 0 THEN window_start ELSE window_end END`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end, Number(r.v) % 2 === 0 ? r.start : r.end],
        (rs) => [count(rs)],
      ),
  ],
  [
    `SELECT window_start, window_end, s, MAX(window_end), COUNT(DISTINCT window_start) FROM w ${BY}, s`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end, r.s],
        ([first]) => [first?.end ?? null, 1n],
      ),
  ],
  [
    `SELECT window_start, window_end, COUNT(*) FILTER (WHERE ${LENGTH} > v) FROM w ${BY}`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end],
        (rs) => [count(rs.filter(isLonger))],
      ),
  ],
  [
    `SELECT window_start, window_end, COUNT(*) FROM w WHERE v > 2 AND ${LENGTH} > v ${BY} HAVING COUNT(*) > 1`,
    (w) =>
      grouped(
        w.filter((r) => Number(r.v) > 2 && isLonger(r)),
        (r) => [r.start, r.end],
        (rs) => [count(rs)],
      ).filter(([, , n]) => Number(n) > 1),
  ],
  [
    'SELECT DISTINCT window_start, window_end, s FROM w',
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end, r.s],
        () => [],
      ),
  ],
  [
    'SELECT window_start, window_end, id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY id DESC) AS place FROM w) WHERE place <= 2',
    (w) => best(w).map((r) => [r.start, r.end, r.id]),
  ],
  [
    `SELECT window_start, window_end, SUM(v) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY id DESC) AS place FROM w) WHERE place <= 2 ${BY}`,
    (w) =>
      grouped(
        best(w),
        (r) => [r.start, r.end],
        (rs) => [sum(rs)],
      ),
  ],
  [
    `SELECT b, e, SUM(n) FROM (SELECT window_start AS b, window_end AS e, k, COUNT(*) AS n FROM w ${BY}, k) GROUP BY b, e`,
    (w) =>
      grouped(
        w,
        (r) => [r.start, r.end],
        (rs) => [count(rs)],
      ),
  ],
  [
    'SELECT l.window_start, l.window_end, l.id, r.id FROM w AS l JOIN w AS r ON l.s = r.s AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id',
    (w) => pairs(w).map(([l, r]) => [l.start, l.end, l.id, r.id]),
  ],
  [
    'SELECT l.window_start, l.window_end, r.v, COUNT(*) FROM w AS l JOIN w AS r ON l.s = r.s AND l.window_start = r.window_start AND l.window_end = r.window_end AND l.id < r.id GROUP BY l.window_start, l.window_end, r.v',
    (w) =>
      grouped(
        pairs(w).map(([, r]) => r),
        (r) => [r.start, r.end, r.v],
        (rs) => [count(rs)],
      ),
  ],
  [
    `SELECT window_start, window_end, x, COUNT(*) FROM w CROSS JOIN UNNEST(ARRAY[v, 7]) AS u (x) ${BY}, x`,
    (w) =>
      grouped(
        w.flatMap((r) => [r, { ...r, v: 7n }]),
        (r) => [r.start, r.end, r.v],
        (rs) => [count(rs)],
      ),
  ],
  [
    "SELECT window_start, window_end, SUM(n) FROM TUMBLE((SELECT window_time AS wt, COUNT(*) AS n FROM w GROUP BY window_start, window_end, window_time), DESCRIPTOR(wt), INTERVAL '20' SECOND) GROUP BY window_start, window_end",
    (w) =>
      grouped(
        w.map((r) => ({ ...r, start: grid(r.end - 1, 20 * S), end: grid(r.end - 1, 20 * S) + 20 * S })),
        (r) => [r.start, r.end],
        (rs) => [count(rs)],
      ),
  ],
  [
    `SELECT window_start, window_end, COUNT(*) FROM (SELECT window_start, window_end FROM w WHERE v < 5 UNION ALL SELECT window_start, window_end FROM w) ${BY}`,
    (w) =>
      grouped(
        [...w, ...w.filter(({ v }) => Number(v) < 5)],
        (r) => [r.start, r.end],
        (rs) => [count(rs)],
      ),
  ],
];

/** Of each window the two rows with the greatest ids. */
function best(rows: readonly WindowedRow[]): readonly WindowedRow[] {
  const areBetter = (row: WindowedRow) =>
    rows.filter(({ start, end, id }) => start === row.start && end === row.end && Number(id) > Number(row.id));
  return rows.filter((row) => areBetter(row).length < 2);
}

/** Pairs of rows in one window with equal `s`, the smaller id first. */
function pairs(rows: readonly WindowedRow[]): readonly (readonly [WindowedRow, WindowedRow])[] {
  const meets = (l: WindowedRow, r: WindowedRow) =>
    l.s !== null && l.s === r.s && l.start === r.start && l.end === r.end && Number(l.id) < Number(r.id);
  return rows.flatMap((l) => rows.filter((r) => meets(l, r)).map((r) => [l, r] as const));
}

function textOf(cells: Cells): string {
  return cells.map(String).join(' | ');
}

let ids = 0n;
function randomRows(random: SeededRandom, timeOf: () => number | null): Row[] {
  return Array.from({ length: 1 + random.integer(8) }, () => ({
    id: ids++,
    k: random.integer(5) === 0 ? null : random.integer(3),
    s: random.integer(6) === 0 ? null : random.pick(['a', 'b']),
    v: BigInt(random.integer(10)),
    t: timeOf(),
  }));
}

const START = 1_000_000;

/** Rows in any order of time, some too late. */
function eventTimes(random: SeededRandom): Happening[] {
  let watermark = START;
  return Array.from({ length: 14 }, (): Happening => {
    if (random.integer(3) > 0) {
      const rows = randomRows(random, () => watermark - 6 * S + random.integer(16 * S));
      return { kind: 'rows', table: 'a', rows };
    }
    watermark += random.integer(9 * S);
    return { kind: 'watermark', at: watermark };
  });
}

function clockTimes(random: SeededRandom): Happening[] {
  let now = START;
  return Array.from({ length: 16 }, (_, at): Happening => {
    if (at > 0 && random.integer(2) === 0) return { kind: 'rows', table: 'a', rows: randomRows(random, () => null) };
    now += random.integer(5 * S);
    return { kind: 'clock', now };
  });
}

const HOUR = 3_600_000;
/** The windows of instants are told in local time. */
const TIMES = [
  {
    name: 'event time',
    script: '',
    declared: 't TIMESTAMP(3), WATERMARK FOR t AS t',
    column: 't',
    happenings: eventTimes,
    aheadMs: 0,
    windows: WINDOWS,
  },
  {
    name: 'event time that is an instant, in New York',
    script: "SET 'table.local-time-zone' = 'America/New_York';",
    declared: 't TIMESTAMP_LTZ(3), WATERMARK FOR t AS t',
    column: 't',
    happenings: eventTimes,
    aheadMs: -5 * HOUR,
    windows: WINDOWS.slice(2, 4),
  },
  {
    name: 'processing time, in Kolkata',
    script: "SET 'table.local-time-zone' = 'Asia/Kolkata';",
    declared: 'p AS PROCTIME()',
    column: 'p',
    happenings: clockTimes,
    aheadMs: 5.5 * HOUR,
    windows: WINDOWS,
  },
] as const;

for (const { name, script, declared, column, happenings, aheadMs, windows } of TIMES) {
  describe(`groups of windows over ${name} are right, given once, and when the window is over (seed ${seed})`, () => {
    for (const [call, windowing] of windows) {
      it.each(QUERIES)(`${call(column)}: %s`, async (query, answer) => {
        const table = `CREATE TABLE a (id BIGINT, k INT, s STRING, v BIGINT, ${declared}) WITH ('connector' = 'given');`;
        const listed = 'CREATE VIEW listed AS SELECT *, ARRAY[CAST(k AS STRING), s] AS ks FROM a;';
        const view = `CREATE VIEW w AS SELECT id, k, s, v, window_start, window_end, window_time FROM TABLE(${call(column)});`;
        const { preview, diagnostics } = compile(`${script}${table}${listed}${view}${query}`);
        expect(diagnostics).toEqual([]);
        if (preview === undefined) return;
        for (let round = 0; round < ROUNDS; round++) {
          const random = new SeededRandom(seed + round);
          const list = happenings(random);
          const plan = await CruelPlan.open(preview, random, START);
          for (const happening of list) await plan.happen(happening);
          await plan.end();
          const rows = windowedRows(windowing, list);
          const shown = rows.map((row) => ({ ...row, start: row.start + aheadMs, end: row.end + aheadMs }));
          expect(plan.given.map(({ row }) => textOf(row)).sort()).toEqual(answer(shown).map(textOf).sort());
          for (const { row, after } of plan.given)
            expect(after, textOf(row)).toBe(overWith(Number(row[1]) - aheadMs, list));
        }
      });
    }
  });
}
