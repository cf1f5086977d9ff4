import { BatchBuilder, type RecordBatch } from '@millrace/batch';
import type { OperatorContext, RejectedRows } from '@millrace/contracts';
import type { OperatorId, Schema, SplitId } from '@millrace/model';
import type { WatermarkNode } from '@millrace/plan';
import { FakeClock } from '@millrace/testing/fake-clock';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { call, col, lit, T } from '../testing/evaluate.ts';

const SCHEMA = { fields: [{ name: 't', type: T.timestamp }] };
const [A, B] = ['a' as SplitId, 'b' as SplitId];

async function open(settings: Partial<WatermarkNode> = {}, schema: Schema = SCHEMA) {
  const id = 'w' as OperatorId;
  const node: WatermarkNode = {
    kind: 'watermark',
    id,
    label: 'w',
    schema,
    input: id,
    column: 0,
    delayMs: 5,
    idleTimeoutMs: 100,
    ...settings,
  };
  return OperatorHarness.open({ create: () => createOperator(node, [schema]), restoreAfterEachCall: false });
}

/** Rows of several splits in one batch, one run each. */
function batchOf(...runs: readonly (readonly [SplitId, ...(number | null)[]])[]): RecordBatch {
  const builder = new BatchBuilder(SCHEMA);
  const spans = runs.map(([split, ...times]) => {
    const from = builder.rows;
    for (const time of times) builder.append([time]);
    return { split, from, to: builder.rows };
  });
  return { ...builder.finish(), runs: spans };
}

describe('a watermark', () => {
  it('may follow what is computed from a row: NULL, and a row dated too far ahead, move nothing', async () => {
    const schema = { fields: [...SCHEMA.fields, { name: 'm', type: T.timestamp }], eventTime: 0 };
    const expression = call('datetime-plus', T.timestamp, col(1, T.timestamp), lit(-7, T.ms));
    const harness = await open({ expression, delayMs: 0, schema, maxAheadMs: 1_000 }, schema);
    harness.now = 10_000;
    const builder = new BatchBuilder(schema);
    for (const row of [
      [500, 100],
      [900, null],
      [20_000, 300],
      [40, 200],
      [50, 30_000],
    ])
      builder.append(row);
    await harness.process(builder.finish());
    expect(harness.watermarks).toStrictEqual([192]);
  });

  it('is the least over the splits of the greatest time seen, minus delay and 1 ms', async () => {
    const harness = await open();
    await harness.process(batchOf([A, 100, 90], [B, 50]));
    expect(harness.watermarks).toStrictEqual([44]);
    await harness.process(batchOf([B, 40, 200]));
    expect(harness.watermarks).toStrictEqual([44, 94]);
    expect(harness.rows.flat()).toStrictEqual([100, 90, 50, 40, 200]);
    expect(harness.output.at(-1)).toStrictEqual({ kind: 'watermark', timestamp: 94 });
  });

  it('moves with rows that the source left out, is active because of them, and passes nothing on in their place', async () => {
    const harness = await open();
    const leftOut = (split: SplitId, maxEventTime: number) => ({
      split,
      from: 0,
      to: 0,
      leftOut: { records: 3, maxEventTime },
    });
    await harness.splits([A, B]);
    harness.now += 100;
    await harness.processingTime([A, B]);
    await harness.process({ ...batchOf(), runs: [leftOut(A, 100), leftOut(B, Number.NEGATIVE_INFINITY)] });
    expect(harness.watermarks).toStrictEqual([]);
    await harness.process({ ...batchOf(), runs: [leftOut(B, 50)] });
    await harness.process({ ...batchOf(), runs: [leftOut(B, harness.now + 86_400_001)] });
    expect(harness.watermarks).toStrictEqual([44]);
    const mixed = batchOf([A, 90]);
    await harness.process({ ...mixed, runs: [{ split: A, from: 0, to: 1 }, leftOut(B, 200)] });
    expect(harness.watermarks).toStrictEqual([44, 94]);
    expect(harness.output.map(({ kind }) => kind)).toStrictEqual(['idle', 'idle', 'watermark', 'row', 'watermark']);
  });

  it('waits for a split that has not delivered anything yet, and no longer once it is gone', async () => {
    const harness = await open();
    await harness.splits([A, B]);
    await harness.process(batchOf([A, 100]));
    expect(harness.watermarks).toStrictEqual([]);
    await harness.splits([A]);
    expect(harness.watermarks).toStrictEqual([94]);
  });

  it('is not held back by a split that is caught up and silent for the time-out, until its next record', async () => {
    const harness = await open();
    await harness.splits([A, B]);
    await harness.process(batchOf([A, 100]));
    harness.now += 99;
    await harness.processingTime([B]);
    expect(harness.watermarks).toStrictEqual([]);
    harness.now += 1;
    await harness.processingTime([]);
    expect(harness.watermarks).toStrictEqual([]);
    await harness.processingTime([B]);
    expect(harness.watermarks).toStrictEqual([94]);
    await harness.process(batchOf([B, 50]));
    await harness.process(batchOf([A, 300]));
    expect(harness.watermarks).toStrictEqual([94]);
    await harness.process(batchOf([B, 250]));
    expect(harness.watermarks).toStrictEqual([94, 244]);
  });

  it('says idle when every split is, or when there is none, and active with the next record', async () => {
    const harness = await open();
    const idles = () => harness.output.flatMap((item) => (item.kind === 'idle' ? [item.idle] : []));
    await harness.splits([]);
    expect(idles()).toStrictEqual([true]);
    await harness.splits([A]);
    expect(idles()).toStrictEqual([true, false]);
    harness.now += 100;
    await harness.processingTime([A]);
    expect(idles()).toStrictEqual([true, false, true]);
    await harness.process(batchOf([A, 1]));
    expect(idles()).toStrictEqual([true, false, true, false]);
    const last = harness.output.slice(-3).map(({ kind }) => kind);
    expect(last).toStrictEqual(['idle', 'row', 'watermark']);
  });

  it('without a time-out waits for ever', async () => {
    const harness = await open({ idleTimeoutMs: 0 });
    await harness.splits([A, B]);
    await harness.process(batchOf([A, 100]));
    harness.now += 1e9;
    await harness.processingTime([A, B]);
    expect(harness.watermarks).toStrictEqual([]);
  });

  it('rows dated too far ahead are put aside with their time where somebody takes them, and stay where nobody does', async () => {
    const put: string[] = [];
    const collector = (takes: boolean) => {
      const emitted: number[] = [];
      return {
        emitted,
        emit: ({ selection, rows }: RecordBatch) => emitted.push(selection?.length ?? rows),
        emitWatermark: () => {},
        emitIdle: () => {},
        reject: ({ rows, errorCode, error }: RejectedRows) => {
          if (takes) put.push(...rows.map((row) => `${row} ${errorCode} ${error(row)}`));
          return takes;
        },
      };
    };
    const clock = new FakeClock();
    const open = (maxAheadMs?: number) => {
      const node = {
        kind: 'watermark',
        label: 'w',
        schema: SCHEMA,
        column: 0,
        delayMs: 5,
        idleTimeoutMs: 100,
      } as const;
      const id = 'w' as OperatorId;
      const operator = createOperator({ ...node, id, input: id, ...(maxAheadMs === undefined ? {} : { maxAheadMs }) }, [
        SCHEMA,
      ]);
      operator.open({ clock } as unknown as OperatorContext);
      return operator;
    };
    const far = batchOf([A, 10, clock.now() + 86_400_001, null, 20]);
    const [taken, left, allowed] = [collector(true), collector(false), collector(true)];
    open().process(far, 0, taken);
    open().process(far, 0, left);
    open(0).process(far, 0, allowed);
    expect([taken.emitted, left.emitted, allowed.emitted]).toEqual([[3], [4], [4]]);
    expect(put).toEqual([
      '1 event-time.too-far-ahead field t: 2023-11-15T22:13:20.001Z is more than 86400 s ahead of the clock',
    ]);
    open(60_000).process({ ...far, selection: Int32Array.of(0, 3) }, 0, taken);
    expect(taken.emitted).toEqual([3, 2]);
  });

  it('is not moved by NULL, by rows filtered out, or by a time more than a day ahead', async () => {
    const harness = await open();
    await harness.process(batchOf([A, 10, null, harness.now + 86_400_001]));
    expect(harness.watermarks).toStrictEqual([4]);
    expect(harness.rows).toHaveLength(3);
    await harness.process({ ...batchOf([A, 999, 20], [B, 30, 999]), selection: Int32Array.of(1, 2) });
    expect(harness.watermarks).toStrictEqual([4, 14]);
  });
});
