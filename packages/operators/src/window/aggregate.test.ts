import { BatchBuilder, type RecordBatch, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { AggregateCall, Expression } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import type { GridAggregateNode } from './aggregate.ts';
import type { GridWindow } from './slices.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`aggregate.test seed ${seed}`);

const string: DataType = { kind: 'string', nullable: true };
const integer: DataType = { kind: 'integer', nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: true };
const double: DataType = { kind: 'double', nullable: true };
const boolean: DataType = { kind: 'boolean', nullable: true };
const decimal: DataType = { kind: 'decimal', precision: 38, scale: 2, nullable: true };
const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: true };

const INPUT: Schema = {
  fields: [
    { name: 'k', type: string },
    { name: 'n', type: integer },
    { name: 't', type: timestamp },
    { name: 'v', type: bigint },
    { name: 'd', type: decimal },
    { name: 's', type: string },
    { name: 'b', type: boolean },
  ],
};

function column(index: number): Expression {
  return { kind: 'column', index, type: INPUT.fields[index]?.type ?? string };
}

function call(
  name: AggregateCall['name'],
  index: number | undefined,
  type: DataType,
  filter?: Expression,
): AggregateCall {
  return { name, arg: index === undefined ? undefined : column(index), filter, type };
}

const CALLS: readonly AggregateCall[] = [
  call('count', undefined, bigint),
  call('count', 3, bigint),
  call('sum', 3, bigint),
  call('avg', 3, bigint),
  call('min', 3, bigint),
  call('max', 3, bigint),
  call('sum', 4, decimal),
  call('avg', 4, { kind: 'decimal', precision: 38, scale: 6, nullable: true }),
  call('max', 4, decimal),
  call('min', 5, string),
  call('max', 5, string),
  call('sum', 1, integer, column(6)),
  call('max', 6, boolean),
];

function nodeOf(window: GridWindow, keys: readonly number[], calls = CALLS): GridAggregateNode {
  const fields = [
    ...keys.map((index) => INPUT.fields[index] ?? { name: '?', type: string }),
    ...calls.map(({ type }, at) => ({ name: `a${at}`, type })),
    { name: 'window_start', type: timestamp },
    { name: 'window_end', type: timestamp },
    { name: 'window_time', type: timestamp },
  ];
  const id = 'aggregate' as OperatorId;
  return {
    kind: 'window-aggregate',
    id,
    label: 'agg',
    schema: { fields },
    input: id,
    keys,
    timeColumn: 2,
    window,
    calls,
  };
}

interface Row {
  readonly k: string | null;
  readonly n: number | null;
  readonly t: number | null;
  readonly v: bigint | null;
  readonly d: bigint | null;
  readonly s: string | null;
  readonly b: boolean | null;
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (const { k, n, t, v, d, s, b } of rows) builder.append([k, n, t, v, d === null ? null : unscaled(d, 2), s, b]);
  return builder.finish();
}

function unscaled(value: bigint, scale: number): string {
  const size = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${size.slice(0, -scale)}.${size.slice(-scale)}`;
}

/** Every [start, end) that holds t, by the definition in the plan, not by slices. */
function windowsOf(spec: GridWindow, t: number): [number, number][] {
  const { offsetMs } = spec;
  const grid = (step: number) => Math.floor((t - offsetMs) / step) * step + offsetMs;
  if (spec.kind === 'tumble') return [[grid(spec.sizeMs), grid(spec.sizeMs) + spec.sizeMs]];
  const windows: [number, number][] = [];
  if (spec.kind === 'hop') {
    for (let start = grid(spec.slideMs); start + spec.sizeMs > t; start -= spec.slideMs)
      windows.push([start, start + spec.sizeMs]);
  } else {
    const start = grid(spec.maxSizeMs);
    for (let end = start + spec.stepMs; end <= start + spec.maxSizeMs; end += spec.stepMs)
      if (t < end) windows.push([start, end]);
  }
  return windows;
}

function expectedRow(rows: readonly Row[], keys: readonly Value[], start: number, end: number): Value[] {
  const present = <T>(values: readonly (T | null)[]) => values.filter((value): value is T => value !== null);
  const vs = present(rows.map((row) => row.v));
  const ds = present(rows.map((row) => row.d));
  const ss = present(rows.map((row) => row.s));
  const bs = present(rows.map((row) => row.b));
  const ns = present(rows.filter((row) => row.b === true).map((row) => row.n));
  const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);
  const ascending = (values: readonly bigint[]) => [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const least = (values: readonly bigint[]) => ascending(values)[0] ?? 0n;
  const greatest = (values: readonly bigint[]) => ascending(values).at(-1) ?? 0n;
  const bytewise = ss.map((text) => Buffer.from(text)).sort(Buffer.compare);
  const fits = (value: bigint) => value < 10n ** 38n && value > -(10n ** 38n);
  const average = (total: bigint, count: bigint) => {
    const scaled = total * 10_000n;
    const [size, sign] = scaled < 0n ? [-scaled, -1n] : [scaled, 1n];
    return sign * ((size * 2n + count) / (count * 2n));
  };
  const d = ds.length === 0 || !fits(sum(ds)) ? null : unscaled(sum(ds), 2);
  const davg = ds.length === 0 ? null : average(sum(ds), BigInt(ds.length));
  return [
    ...keys,
    BigInt(rows.length),
    BigInt(vs.length),
    vs.length === 0 ? null : BigInt.asIntN(64, sum(vs)),
    vs.length === 0 ? null : sum(vs) / BigInt(vs.length),
    vs.length === 0 ? null : least(vs),
    vs.length === 0 ? null : greatest(vs),
    d,
    davg === null || !fits(davg) ? null : unscaled(davg, 6),
    ds.length === 0 ? null : unscaled(greatest(ds), 2),
    bytewise[0]?.toString() ?? null,
    bytewise.at(-1)?.toString() ?? null,
    ns.length === 0 ? null : ns.reduce((a, b) => (a + b) | 0, 0),
    bs.length === 0 ? null : bs.includes(true),
    start,
    end,
    end - 1,
  ];
}

type Step =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'watermark'; readonly at: number };

/** Brute force: every row into every window that has not been emitted when it comes. */
function bruteForce(spec: GridWindow, keys: (row: Row) => Value[], steps: readonly Step[]) {
  const windows = new Map<string, { start: number; end: number; keys: Value[]; rows: Row[] }>();
  const emitted: Value[][] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const step of [...steps, { kind: 'watermark', at: MAX_WATERMARK } as const]) {
    if (step.kind === 'watermark') {
      watermark = Math.max(watermark, step.at);
      for (const [id, window] of windows) {
        if (window.end - 1 > watermark) continue;
        emitted.push(expectedRow(window.rows, window.keys, window.start, window.end));
        windows.delete(id);
      }
      continue;
    }
    for (const row of step.rows) {
      const all = row.t === null ? [] : windowsOf(spec, row.t);
      const open = all.filter(([, end]) => end - 1 > watermark);
      if (open.length === 0 && (row.t === null || all.length > 0)) late++;
      for (const [start, end] of open) {
        const id = sorted([[start, end, ...keys(row)]])[0] ?? '';
        const window = windows.get(id) ?? { start, end, keys: keys(row), rows: [] };
        window.rows.push(row);
        windows.set(id, window);
      }
    }
  }
  return { emitted, late };
}

function sorted(rows: readonly (readonly Value[])[]): string[] {
  const text = (row: readonly Value[]) =>
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return rows.map(text).sort();
}

const specs: fc.Arbitrary<GridWindow> = fc.oneof(
  fc.record({
    kind: fc.constant('tumble' as const),
    sizeMs: fc.integer({ min: 1, max: 50 }),
    offsetMs: fc.integer({ min: -20, max: 20 }),
  }),
  fc.record({
    kind: fc.constant('hop' as const),
    sizeMs: fc.integer({ min: 1, max: 60 }),
    slideMs: fc.integer({ min: 1, max: 60 }),
    offsetMs: fc.integer({ min: -20, max: 20 }),
  }),
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: -20, max: 20 }))
    .map(
      ([stepMs, steps, offsetMs]): GridWindow => ({ kind: 'cumulate', maxSizeMs: stepMs * steps, stepMs, offsetMs }),
    ),
);
const small = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 6 });
const wide = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map(BigInt) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
);
const rows: fc.Arbitrary<Row> = fc.record({
  k: small(fc.constantFrom('a', 'b', 'ключ', '')),
  n: small(fc.integer()),
  t: fc.option(fc.integer({ min: -100, max: 300 }), { freq: 30 }),
  v: small(wide),
  d: small(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer().map(BigInt) },
      { weight: 1, arbitrary: fc.bigInt({ min: 1n - 10n ** 38n, max: 10n ** 38n - 1n }) },
    ),
  ),
  s: small(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('\u{1F600}', '\uFFFD', 'z'))),
  b: small(fc.boolean()),
});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(rows, { minLength: 1, maxLength: 12 }).map((list): Step => ({ kind: 'rows', rows: list })),
    },
    { weight: 2, arbitrary: fc.integer({ min: -100, max: 320 }).map((at): Step => ({ kind: 'watermark', at })) },
  ),
  { maxLength: 8 },
);

describe('a window aggregate', () => {
  it('emits exactly what brute force does, whatever the windows, the order and the restarts', async () => {
    const keySets = fc.constantFrom<readonly number[]>([], [0], [0, 1], [3]);
    await fc.assert(
      fc.asyncProperty(
        specs,
        keySets,
        steps,
        fc.integer({ min: 1 }),
        fc.boolean(),
        async (spec, keys, list, bits, restore) => {
          let state = bits;
          const random = () => {
            state = (Math.imul(state, 48_271) + 11) >>> 0;
            return state / 2 ** 32;
          };
          const node = nodeOf(spec, keys);
          const harness = await OperatorHarness.open({
            create: () => createOperator(node, [INPUT]),
            restoreAfterEachCall: restore,
            random,
          });
          for (const step of list) {
            if (step.kind === 'rows') await harness.process(batchOf(step.rows));
            else await harness.watermark(step.at);
          }
          await harness.watermark(MAX_WATERMARK);
          const keysOf = (row: Row): Value[] => keys.map((index) => [row.k, row.n, row.t, row.v][index] ?? null);
          const { emitted, late } = bruteForce(spec, keysOf, list);
          expect(sorted(harness.rows)).toStrictEqual(sorted(emitted));
          expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
          expectInOrder(harness, keys.length + CALLS.length + 1);
        },
      ),
      { seed, numRuns: 80 },
    );
  }, 120_000);

  it('gives every key to exactly one subtask when two continue where one stopped, late rows included', async () => {
    const node = nodeOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }, [1], [call('count', undefined, bigint)]);
    const create = () => createOperator(node, [INPUT]);
    const one = await OperatorHarness.open({ create, restoreAfterEachCall: false });
    const row = (n: number, t: number): Row => ({ k: null, n, t, v: null, d: null, s: null, b: null });
    const keys = Array.from({ length: 40 }, (_, n) => n);
    await one.process(batchOf(keys.flatMap((n) => [row(n, 1), row(n, 15)])));
    await one.watermark(9);
    expect(one.rows).toHaveLength(40);
    const handles = await one.snapshot();
    const halves = await Promise.all(
      [0, 4].map((first) =>
        OperatorHarness.open(
          { create, restoreAfterEachCall: true, keyGroups: { first, last: first + 3 } },
          handles,
          one,
        ),
      ),
    );
    for (const half of halves) await half.watermark(MAX_WATERMARK);
    const seen = halves.flatMap((half) => half.rows.map((values) => values[0]));
    expect(seen.sort((a, b) => Number(a) - Number(b))).toStrictEqual(keys);

    const restored = await OperatorHarness.open({ create, restoreAfterEachCall: false }, handles, one);
    await restored.process(batchOf([row(1, 2)]));
    expect(restored.counts.get('late_records_dropped_total')).toBe(1);
  });

  it('sums doubles and averages them', async () => {
    const input: Schema = {
      fields: [
        { name: 't', type: timestamp },
        { name: 'x', type: double },
      ],
    };
    const arg: Expression = { kind: 'column', index: 1, type: double };
    const calls: AggregateCall[] = (['sum', 'avg', 'min', 'max'] as const).map((name) => ({
      name,
      arg,
      filter: undefined,
      type: double,
    }));
    const node = { ...nodeOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }, [], calls), timeColumn: 0 };
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [input]),
      restoreAfterEachCall: true,
    });
    const builder = new BatchBuilder(input);
    for (const x of [1.5, -2.25, null, 4]) builder.append([1, x]);
    await harness.process(builder.finish());
    await harness.watermark(MAX_WATERMARK);
    expect(harness.rows).toStrictEqual([[3.25, 3.25 / 3, -2.25, 4, 0, 10, 9]]);
  });
});

/** No row of a window after the watermark that promised it was complete; ends never go back between watermarks. */
function expectInOrder(harness: OperatorHarness, endColumn: number): void {
  let watermark = Number.NEGATIVE_INFINITY;
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (const item of harness.output) {
    if (item.kind === 'watermark') {
      watermark = Math.max(watermark, item.timestamp);
      continue;
    }
    if (item.kind !== 'row') continue;
    const end = Number(item.row[endColumn]);
    expect(end - 1).toBeGreaterThan(watermark);
    expect(end).toBeGreaterThanOrEqual(lastEnd);
    lastEnd = end;
  }
}
