import { BatchBuilder, type RecordBatch, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import type { AggregateCall, Expression, GridWindow } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { bigint, CALLS, call, double, INPUT, rows, string, timestamp } from '../testing/aggregate-input.ts';
import { bruteAggregate, rowText } from '../testing/brute-aggregate.ts';
import { specs, windowsOf } from '../testing/windows.ts';
import type { SlicedAggregateNode } from './aggregate.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`aggregate.test seed ${seed}`);

function nodeOf(window: GridWindow, keys: readonly number[], calls = CALLS): SlicedAggregateNode {
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

type Row = readonly Value[];

function timeOf(row: Row): number | null {
  return row[2] === null ? null : Number(row[2]);
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (const row of rows) builder.append(row);
  return builder.finish();
}

function expectedRow(rows: readonly Row[], keys: readonly Value[], start: number, end: number): Value[] {
  const steps = rows.map((row) => ({ row, sign: 1 as const }));
  return [...keys, ...CALLS.map((one) => bruteAggregate(one, steps)), start, end, end - 1];
}

type Step =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'watermark'; readonly at: number };

/** Brute force: every row into every window that has not been emitted when it comes. */
function bruteForce(spec: GridWindow, keys: (row: Row) => readonly Value[], steps: readonly Step[]) {
  const windows = new Map<string, { start: number; end: number; keys: readonly Value[]; rows: Row[] }>();
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
      const time = timeOf(row);
      const all = time === null ? [] : windowsOf(spec, time);
      const open = all.filter(([, end]) => end - 1 > watermark);
      if (open.length === 0 && (time === null || all.length > 0)) late++;
      for (const [start, end] of open) {
        const id = rowText([start, end, ...keys(row)]);
        const window = windows.get(id) ?? { start, end, keys: keys(row), rows: [] };
        window.rows.push(row);
        windows.set(id, window);
      }
    }
  }
  return { emitted, late };
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map(rowText).sort();
}

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
          const keysOf = (row: Row) => keys.map((index) => row[index] ?? null);
          const { emitted, late } = bruteForce(spec, keysOf, list);
          expect(sorted(harness.rows)).toStrictEqual(sorted(emitted));
          expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
          expectInOrder(harness, keys.length + CALLS.length + 1);
        },
      ),
      { seed, numRuns: 50 },
    );
  }, 120_000);

  it('gives every key to exactly one subtask when two continue where one stopped, late rows included', async () => {
    const node = nodeOf({ kind: 'tumble', sizeMs: 10, offsetMs: 0 }, [1], [call('count', undefined, bigint)]);
    const create = () => createOperator(node, [INPUT]);
    const one = await OperatorHarness.open({ create, restoreAfterEachCall: false });
    const row = (n: number, t: number): Row => [null, n, t, null, null, null, null, null, null];
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
