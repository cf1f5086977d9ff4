import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import type { LimitNode, TemporalSortNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { batchOf, inserts, type Row, seedsOf } from '../testing/changelog.ts';
import { T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 't', type: T.timestamp },
    { name: 'v', type: T.double },
    { name: 'b', type: T.bytes },
  ],
};
const common = { id: 'op' as OperatorId, label: 'op', input: 'in' as OperatorId, schema: INPUT };

describe('a temporal sort', () => {
  for (const seed of seedsOf('temporal-sort', 12)) {
    it(`gives rows by time, then by the rest of the ordering, and drops late ones (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const order = [{ column: 1, descending: true, nullsLast: true }];
      const node: TemporalSortNode = { ...common, kind: 'temporal-sort', timeColumn: 0, order };
      const create = () => createOperator(node, [INPUT]);
      const restoreAfterEachCall = random.next() < 0.5;
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall, random: () => random.next() });
      const kept: Row[] = [];
      let late = 0;
      for (const watermark of [5, 5, 12, 40, MAX_WATERMARK]) {
        const rows = Array.from({ length: 8 }, (_, at): Row => {
          const v = random.pick([null, Number.NaN, 1.5, -2]);
          return [random.next() < 0.1 ? null : random.integer(50), v, Uint8Array.of(at)];
        });
        const passed = Math.max(...harness.watermarks, -1);
        const inTime = rows.filter(([t]) => t !== null && Number(t) > passed);
        late += rows.length - inTime.length;
        kept.push(...inTime);
        await harness.process(batchOf(INPUT, inserts(rows)));
        await harness.watermark(watermark);
      }
      const place = (v: unknown) => (v === null ? 3 : Number.isNaN(v) ? 0 : v === 1.5 ? 1 : 2);
      kept.sort((a, b) => Number(a[0]) - Number(b[0]) || place(a[1]) - place(b[1]));
      expect(harness.rows).toStrictEqual(kept);
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
    });
  }
});

describe('a limit', () => {
  it('lets the same rows pass however batches are cut and however often it is restarted', async () => {
    const rows = Array.from({ length: 40 }, (_, at): Row => [at, at, null]);
    for (const [offset, count] of [
      [0, 7],
      [3, 10],
      [0, 0],
      [38, 100],
      [50, 1],
    ] as const) {
      const random = new SeededRandom(offset * 100 + count);
      const node: LimitNode = { ...common, kind: 'limit', offset, count };
      const create = () => createOperator(node, [INPUT]);
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true, random: () => random.next() });
      await harness.process(batchOf(INPUT, inserts(rows.slice(0, 17))));
      await harness.process(batchOf(INPUT, inserts(rows.slice(17))));
      expect(harness.rows).toStrictEqual(rows.slice(offset, offset + count));
    }
  });
});
