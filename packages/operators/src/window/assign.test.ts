import { BatchBuilder, CHANGE, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId } from '@millrace/model';
import type { WindowAssignNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { INPUT, rows, timestamp } from '../testing/aggregate-input.ts';
import { rowText } from '../testing/brute-aggregate.ts';
import { specs, windowsOf } from '../testing/windows.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`assign.test seed ${seed}`);

function nodeOf(window: WindowAssignNode['window'], timeColumn: WindowAssignNode['timeColumn']): WindowAssignNode {
  const added = ['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: timestamp }));
  const id = 'assign' as OperatorId;
  return {
    kind: 'window-assign',
    id,
    label: 'assign',
    schema: { fields: [...INPUT.fields, ...added] },
    input: id,
    timeColumn,
    window,
  };
}

describe('a window table function', () => {
  it('gives each row once per window that holds it, with its change', async () => {
    const property = fc.asyncProperty(specs, fc.array(rows, { maxLength: 20 }), async (window, list) => {
      const node = nodeOf(window, 2);
      const create = () => createOperator(node, [INPUT]);
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall: false, random: () => 0.4 });
      const builder = new BatchBuilder(INPUT);
      for (const [at, row] of list.entries()) builder.append(row, at % 2 === 0 ? CHANGE.insert : CHANGE.delete);
      if (list.length > 0) await harness.process(builder.finish());
      const expected = list.flatMap((row, at) => {
        const windows = row[2] === null ? [] : windowsOf(window, Number(row[2]));
        return windows.map(([start, end]) => rowText([at % 2 === 0 ? 0 : 3, ...row, start, end, end - 1]));
      });
      const given = harness.output.map((item) => (item.kind === 'row' ? rowText([item.change, ...item.row]) : ''));
      expect(given.sort()).toStrictEqual(expected.sort());
      const missing = list.filter((row) => row[2] === null).length;
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(missing);
    });
    await fc.assert(property, { seed, numRuns: 100 });
  }, 60_000);

  it('goes by the clock where the plan says processing time', async () => {
    const node = nodeOf({ kind: 'tumble', sizeMs: 1_000, offsetMs: 0 }, 'processing');
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: false });
    const builder = new BatchBuilder(INPUT);
    const row: readonly Value[] = INPUT.fields.map(() => null);
    builder.append(row);
    harness.now = 5_500;
    await harness.process(builder.finish());
    expect(harness.rows).toStrictEqual([[...row, 5_000, 6_000, 5_999]]);
  });

  it('over processing time sends its clock on as the watermark, and after a restart on a slower clock gives no row that is late', async () => {
    const node = nodeOf({ kind: 'tumble', sizeMs: 1_000, offsetMs: 0 }, 'processing');
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const row: readonly Value[] = INPUT.fields.map(() => null);
    const oneRow = () => {
      const builder = new BatchBuilder(INPUT);
      builder.append(row);
      return builder.finish();
    };
    await harness.watermark(99_000);
    await harness.call((operator, out) => operator.onIdle(true, out));
    harness.now = 6_000;
    await harness.processingTime([]);
    harness.now = 4_200;
    await harness.process(oneRow());
    await harness.processingTime([]);
    await harness.watermark(MAX_WATERMARK);
    expect(harness.output).toStrictEqual([
      { kind: 'watermark', timestamp: 5_999 },
      { kind: 'row', row: [...row, 6_000, 7_000, 6_999], change: CHANGE.insert },
      { kind: 'watermark', timestamp: MAX_WATERMARK },
    ]);
  });
});
