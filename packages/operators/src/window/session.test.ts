import { BatchBuilder, type RecordBatch, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId } from '@millrace/model';
import type { AggregateCall, WindowAggregateNode, WindowSpec } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { bigint, CALLS, call, INPUT, rows, string, timestamp } from '../testing/aggregate-input.ts';
import { bruteAggregate, rowText } from '../testing/brute-aggregate.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`session.test seed ${seed}`);

type Row = readonly Value[];

function nodeOf(
  window: WindowSpec,
  timeColumn: WindowAggregateNode['timeColumn'],
  keys: readonly number[],
  calls: readonly AggregateCall[] = CALLS,
): WindowAggregateNode {
  const fields = [
    ...keys.map((index) => INPUT.fields[index] ?? { name: '?', type: string }),
    ...calls.map(({ type }, at) => ({ name: `a${at}`, type })),
    ...['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: timestamp })),
  ];
  const id = 'sessions' as OperatorId;
  return { kind: 'window-aggregate', id, label: 'agg', schema: { fields }, input: id, keys, timeColumn, window, calls };
}

function batchOf(list: readonly Row[]): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (const row of list) builder.append(row);
  return builder.finish();
}

type Step =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'watermark'; readonly at: number };

interface Session {
  readonly key: string;
  readonly rows: Row[];
  start: number;
  end: number;
}

/** Flink's merging windows: each row is a window [t, t + gap); windows that touch become one; what has been emitted is no partner. */
function bruteForce(gapMs: number, keys: readonly number[], steps: readonly Step[]) {
  let open: Session[] = [];
  const emitted: string[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  let arrival = 0;
  const order = new Map<Row, number>();
  for (const step of [...steps, { kind: 'watermark', at: MAX_WATERMARK } as const]) {
    if (step.kind === 'watermark') {
      watermark = Math.max(watermark, step.at);
      for (const session of open.filter(({ end }) => end - 1 <= watermark)) {
        const inOrder = session.rows.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
        const results = CALLS.map((one) =>
          bruteAggregate(
            one,
            inOrder.map((row) => ({ row, sign: 1 })),
          ),
        );
        const key = keys.map((index) => inOrder[0]?.[index] ?? null);
        emitted.push(rowText([...key, ...results, session.start, session.end, session.end - 1]));
      }
      open = open.filter(({ end }) => end - 1 > watermark);
      continue;
    }
    for (const given of step.rows) {
      const row = [...given];
      order.set(row, arrival++);
      const key = rowText(keys.map((index) => row[index] ?? null));
      const merged: Session = { key, rows: [row], start: Number(row[2]), end: Number(row[2]) + gapMs };
      const partners = open.filter((other) => {
        return other.key === key && other.start <= Number(row[2]) + gapMs && other.end >= Number(row[2]);
      });
      if (row[2] === null || (partners.length === 0 && merged.end - 1 <= watermark)) {
        late++;
        continue;
      }
      for (const partner of partners) {
        merged.rows.push(...partner.rows);
        merged.start = Math.min(merged.start, partner.start);
        merged.end = Math.max(merged.end, partner.end);
      }
      open = [...open.filter((other) => !partners.includes(other)), merged];
    }
  }
  return { emitted, late };
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(rows, { minLength: 1, maxLength: 15 }).map((list): Step => ({ kind: 'rows', rows: list })),
    },
    { weight: 1, arbitrary: fc.integer({ min: -100, max: 320 }).map((at): Step => ({ kind: 'watermark', at })) },
  ),
  { maxLength: 8 },
);

describe('a session aggregate', () => {
  it('emits exactly what brute force does, whatever the gap, the order and the restarts', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom<readonly number[]>([], [0], [6], [0, 6]),
      steps,
      fc.integer({ min: 1 }),
      fc.boolean(),
      async (gapMs, keys, list, bits, restore) => {
        let state = bits;
        const random = () => {
          state = (Math.imul(state, 48_271) + 11) >>> 0;
          return state / 2 ** 32;
        };
        const node = nodeOf({ kind: 'session', gapMs }, 2, keys);
        const create = () => createOperator(node, [INPUT]);
        const harness = await OperatorHarness.open({ create, restoreAfterEachCall: restore, random });
        for (const step of list) {
          if (step.kind === 'rows') await harness.process(batchOf(step.rows));
          else await harness.watermark(step.at);
        }
        await harness.watermark(MAX_WATERMARK);
        const { emitted, late } = bruteForce(gapMs, keys, list);
        expect(harness.rows.map(rowText).sort()).toStrictEqual(emitted.sort());
        expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
      },
    );
    await fc.assert(property, { seed, numRuns: 60, interruptAfterTimeLimit: 60_000 });
  }, 120_000);

  it('remembers nothing of keys whose sessions are over', async () => {
    const node = nodeOf({ kind: 'session', gapMs: 10 }, 2, [3], [call('count', undefined, bigint)]);
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const row = (t: number, v: bigint): Row => [null, null, t, v, null, null, null, null, null];
    const empty = (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (let at = 0; at < 300; at += 30) {
      await harness.process(batchOf([row(at, BigInt(at)), row(at + 15, BigInt(at)), row(at + 1, 0n), row(at + 1, 7n)]));
      await harness.watermark(at + 29);
    }
    expect(harness.rows).toHaveLength(10 * 4 - 1);
    const left = (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    // The tables of the places are there, without rows.
    expect(left - empty).toBeLessThan(600);
  });
});

describe('windows over processing time', () => {
  const row = (k: string): Row => [k, null, null, null, null, null, null, null, null];
  const count = [call('count', undefined, bigint)];
  const text = (harness: OperatorHarness) => harness.rows.map((values) => values.map(String).join(' '));

  it('fire when the clock passes their end, also when it passed during a restart, and never twice', async () => {
    const node = nodeOf({ kind: 'tumble', sizeMs: 100, offsetMs: 0 }, 'processing', [0], count);
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    harness.now = 1_050;
    await harness.process(batchOf([row('a'), row('b')]));
    harness.now = 1_099;
    await harness.processingTime([]);
    expect(harness.rows).toHaveLength(0);
    harness.now = 1_730;
    await harness.process(batchOf([row('a')]));
    await harness.processingTime([]);
    expect(text(harness)).toStrictEqual(['a 1 1000 1100 1099', 'b 1 1000 1100 1099']);
    // A machine whose clock is behind.
    harness.now = 900;
    await harness.process(batchOf([row('a')]));
    await harness.processingTime([]);
    await harness.watermark(MAX_WATERMARK);
    expect(text(harness).slice(2)).toStrictEqual(['a 2 1700 1800 1799']);
    expect(harness.counts.get('late_records_dropped_total')).toBeUndefined();
    expect(harness.watermarks).toStrictEqual([1_098, 1_729, MAX_WATERMARK]);
  });

  it('turn the clock into event time: no watermark of the input passes, and the step is never idle', async () => {
    for (const window of [
      { kind: 'tumble', sizeMs: 100, offsetMs: 0 },
      { kind: 'session', gapMs: 100 },
    ] as const) {
      const node = nodeOf(window, 'processing', [0], count);
      const create = () => createOperator(node, [INPUT]);
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
      harness.now = 1_050;
      await harness.process(batchOf([row('a')]));
      await harness.watermark(9_999);
      await harness.call((operator, out) => operator.onIdle(true, out));
      expect(harness.output).toStrictEqual([]);
      harness.now = 1_150;
      await harness.processingTime([]);
      const [given, watermark] = harness.output;
      expect(given).toMatchObject({ kind: 'row' });
      expect(watermark).toStrictEqual({ kind: 'watermark', timestamp: 1_149 });
    }
  });

  it('sessions end when nothing came for their gap', async () => {
    const node = nodeOf({ kind: 'session', gapMs: 100 }, 'processing', [0], count);
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    for (const [now, key] of [
      [1_000, 'a'],
      [1_060, 'b'],
      [1_090, 'a'],
      [1_170, 'a'],
      [1_300, 'a'],
    ] as const) {
      harness.now = now;
      await harness.processingTime([]);
      await harness.process(batchOf([row(key)]));
    }
    await harness.watermark(5_000);
    expect(text(harness)).toStrictEqual(['b 1 1060 1160 1159', 'a 3 1000 1270 1269']);
    await harness.watermark(MAX_WATERMARK);
    expect(text(harness).slice(2)).toStrictEqual(['a 1 1300 1400 1399']);
  });
});
