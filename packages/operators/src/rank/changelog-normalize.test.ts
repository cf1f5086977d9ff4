import { CHANGE } from '@millrace/batch';
import type { OperatorId, Schema } from '@millrace/model';
import type { ChangelogNormalizeNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { Accumulated, batchOf, type Changed, type Row, seedsOf, sorted } from '../testing/changelog.ts';
import { decimal, T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: T.bigint },
    { name: 'v', type: decimal(30, 1) },
    { name: 'tags', type: { kind: 'array', element: T.bigint, nullable: true } },
  ],
};
const id = 'normalize' as OperatorId;
const NODE: ChangelogNormalizeNode = {
  kind: 'changelog-normalize',
  id,
  label: 'n',
  input: id,
  schema: INPUT,
  keys: [0],
};

describe('changelog normalisation', () => {
  for (const seed of seedsOf('changelog-normalize.test', 12)) {
    it(`turns upserts into full changes that add up to the last row of every key (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const create = () => createOperator(NODE, [INPUT]);
      const restoreAfterEachCall = random.next() < 0.5;
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall, random: () => random.next() });
      const rows = new Map<bigint, Row>();
      const found = new Accumulated();
      for (let step = 0; step < 8; step++) {
        const changes = Array.from({ length: 6 }, (): Changed => {
          const key = random.pick([1n, 2n, 2n ** 53n, 2n ** 53n + 1n]);
          if (random.next() < 0.3) {
            rows.delete(key);
            return { change: CHANGE.delete, row: [key, null, null] };
          }
          const row: Row = [
            key,
            random.pick(['0.5', '12345678901234567890.1', null]),
            random.pick([null, [1n], [1n, null]]),
          ];
          rows.set(key, row);
          return { change: random.pick([CHANGE.insert, CHANGE.updateAfter]), row };
        });
        await harness.process(batchOf(INPUT, changes));
        expect(found.add(harness.output).sorted).toStrictEqual(sorted([...rows.values()]));
      }
      expectPairs(harness);
    });
  }

  it('says nothing about a row that is as it was, and nothing about a key it never knew', async () => {
    const harness = await OperatorHarness.open({
      create: () => createOperator(NODE, [INPUT]),
      restoreAfterEachCall: true,
    });
    const row: Row = [1n, '1.0', [1n, 2n]];
    const changes = [CHANGE.updateAfter, CHANGE.insert, CHANGE.updateBefore].map((change) => ({ change, row }));
    await harness.process(batchOf(INPUT, [...changes, { change: CHANGE.delete, row: [7n, null, null] }]));
    expect(harness.output).toStrictEqual([{ kind: 'row', row, change: CHANGE.insert }]);
  });

  it('forgets keys that are deleted, and rows that nobody wrote for their time to live', async () => {
    const create = () => createOperator({ ...NODE, stateTtlMs: 100 }, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const said = async (change: Changed['change'], v: string): Promise<readonly number[]> => {
      const before = harness.output.length;
      await harness.process(batchOf(INPUT, [{ change, row: [1n, v, null] }]));
      return harness.output.slice(before).flatMap((item) => (item.kind === 'row' ? [item.change] : []));
    };
    const storedBytes = async () => (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const empty = await storedBytes();
    expect(await said(CHANGE.insert, '1.0')).toEqual([CHANGE.insert]);
    expect(await said(CHANGE.delete, '1.0')).toEqual([CHANGE.delete]);
    expect(await storedBytes()).toBe(empty);
    expect(await said(CHANGE.updateAfter, '1.0')).toEqual([CHANGE.insert]);
    harness.now += 99;
    await harness.processingTime([]);
    expect(await said(CHANGE.updateAfter, '1.0')).toEqual([CHANGE.updateBefore, CHANGE.updateAfter]);
    harness.now += 100;
    expect(await said(CHANGE.updateAfter, '2.0')).toEqual([CHANGE.insert]);
    harness.now += 100;
    await harness.processingTime([]);
    expect(await storedBytes()).toBe(empty);
    expect(await said(CHANGE.delete, '2.0')).toEqual([]);
  });
});

/** Every UPDATE_BEFORE is followed by its UPDATE_AFTER. */
function expectPairs(harness: OperatorHarness): void {
  const rows = harness.output.flatMap((item) => (item.kind === 'row' ? [item] : []));
  for (const [at, { change, row }] of rows.entries()) {
    if (change !== CHANGE.updateBefore) continue;
    expect(rows[at + 1]?.change).toBe(CHANGE.updateAfter);
    expect(rows[at + 1]?.row[0]).toBe(row[0]);
  }
}
