import { BatchBuilder } from '@millrace/batch';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { LogicalNode, WindowAggregateNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';

const HOUR = 3_600_000;
const ltz: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: false };
const INPUT: Schema = { fields: [{ name: 'at', type: ltz }], eventTime: 0 };
const at = (text: string) => Date.parse(`${text}Z`);
const windowFields = ['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: ltz }));

function counting(window: WindowAggregateNode['window']): LogicalNode {
  return {
    kind: 'window-aggregate',
    id: 'count' as OperatorId,
    label: 'count',
    schema: { fields: [{ name: 'n', type: bigint }, ...windowFields], eventTime: 3 },
    input: 'in' as OperatorId,
    keys: [],
    timeColumn: 0,
    window,
    calls: [{ name: 'count', arg: undefined, filter: undefined, type: bigint }],
  };
}

function open(node: LogicalNode, restoreAfterEachCall = true) {
  return OperatorHarness.open({ create: () => createOperator(node, [INPUT]), restoreAfterEachCall });
}

function batchOf(times: readonly number[]) {
  const builder = new BatchBuilder(INPUT);
  for (const time of times) builder.append([time]);
  return builder.finish();
}

describe('windows in local time', () => {
  it.each([
    ['a day of 23 hours', '2026-03-28T23:00:00', '2026-03-29T22:00:00', 23],
    ['a day of 24 hours', '2026-03-29T22:00:00', '2026-03-30T22:00:00', 24],
    ['a day of 25 hours', '2026-10-24T22:00:00', '2026-10-25T23:00:00', 25],
  ])('%s begins and ends at midnight', async (_, start, end, hours) => {
    const node = counting({ kind: 'tumble', sizeMs: 24 * HOUR, offsetMs: 0, timeZone: 'Europe/Berlin' });
    const harness = await open(node);
    const times = Array.from({ length: hours + 2 }, (__, hour) => at(start) + (hour - 1) * HOUR);
    await harness.process(batchOf(times));
    await harness.watermark(at(end) - 2);
    const day = [BigInt(hours), at(start), at(end), at(end) - 1];
    expect(harness.rows).not.toContainEqual(day);
    await harness.watermark(at(end) - 1);
    expect(harness.rows).toContainEqual(day);
    expect(harness.watermarks).toEqual([at(end) - 2, at(end) - 1]);
  });

  it('a minute that the clock shows twice is one window, over after the second time', async () => {
    const harness = await open(counting({ kind: 'tumble', sizeMs: 60_000, offsetMs: 0, timeZone: 'Europe/Berlin' }));
    await harness.process(batchOf([at('2026-10-25T00:30:10')]));
    await harness.watermark(at('2026-10-25T01:20:00'));
    expect(harness.rows).toEqual([]);
    await harness.process(batchOf([at('2026-10-25T01:30:20')]));
    await harness.watermark(at('2026-10-25T01:31:00'));
    const [start, end] = [at('2026-10-25T00:30:00'), at('2026-10-25T01:31:00')];
    expect(harness.rows).toEqual([[2n, start, end, end - 1]]);
    expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(0);
  });

  it('a window table function gives each row its day, and the row as it was', async () => {
    const node: LogicalNode = {
      kind: 'window-assign',
      id: 'assign' as OperatorId,
      label: 'TUMBLE',
      schema: { fields: [...INPUT.fields, ...windowFields], eventTime: 3 },
      input: 'in' as OperatorId,
      timeColumn: 0,
      window: { kind: 'tumble', sizeMs: 24 * HOUR, offsetMs: 0, timeZone: '+05:30' },
    };
    const harness = await open(node);
    await harness.process(batchOf([at('2026-01-01T18:29:59'), at('2026-01-01T18:30:00')]));
    expect(harness.rows).toEqual([
      [at('2026-01-01T18:29:59'), at('2025-12-31T18:30:00'), at('2026-01-01T18:30:00'), at('2026-01-01T18:30:00') - 1],
      [at('2026-01-01T18:30:00'), at('2026-01-01T18:30:00'), at('2026-01-02T18:30:00'), at('2026-01-02T18:30:00') - 1],
    ]);
  });

  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  it.each([
    { kind: 'tumble', sizeMs: HOUR, offsetMs: 0 },
    { kind: 'hop', sizeMs: 6 * HOUR, slideMs: 2 * HOUR, offsetMs: 0 },
    { kind: 'cumulate', maxSizeMs: 24 * HOUR, stepMs: 6 * HOUR, offsetMs: 0 },
  ] as const)(`in UTC they are those of no zone: $kind (seed ${seed})`, async (window) => {
    const random = new SeededRandom(seed);
    const times = Array.from({ length: 200 }, (_, index) => at('2026-03-28T00:00:00') + index * HOUR * random.next());
    const answers = [];
    for (const zone of [{}, { timeZone: 'UTC' }]) {
      const harness = await open(counting({ ...window, ...zone }), false);
      await harness.process(batchOf(times));
      await harness.watermark(Number.MAX_SAFE_INTEGER);
      answers.push(harness.output);
    }
    expect(answers[1]).toEqual(answers[0]);
  });
});
