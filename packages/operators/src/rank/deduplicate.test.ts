import { CHANGE } from '@millrace/batch';
import type { OperatorId, Schema } from '@millrace/model';
import type { DeduplicateNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { Accumulated, batchOf, grouped, inserts, type Row, seedsOf, sorted } from '../testing/changelog.ts';
import { T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 't', type: T.timestamp },
    { name: 'v', type: T.bigint },
  ],
};

function nodeOf(options: Partial<DeduplicateNode>): DeduplicateNode {
  const id = 'dedup' as OperatorId;
  return {
    kind: 'deduplicate',
    id,
    label: 'd',
    input: id,
    schema: INPUT,
    keys: [0],
    time: 1,
    keep: 'last',
    ...options,
  };
}

/** By definition, of the rows of one key in order of arrival. */
function chosen(rows: readonly Row[], { time, keep }: DeduplicateNode): Row[] {
  const timed = time === 'processing' ? [...rows] : rows.filter((row) => row[time] !== null);
  if (time !== 'processing') timed.sort((a, b) => Number(a[time]) - Number(b[time]));
  return (keep === 'first' ? timed.slice(0, 1) : timed.slice(-1)) as Row[];
}

describe('a deduplication', () => {
  for (const seed of seedsOf('deduplicate.test', 24)) {
    it(`adds up to one row per key, the right one (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const node = nodeOf({
        time: random.pick([1, 'processing'] as const),
        keep: random.pick(['first', 'last'] as const),
      });
      const create = () => createOperator(node, [INPUT]);
      const restoreAfterEachCall = random.next() < 0.5;
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall, random: () => random.next() });
      const all: Row[] = [];
      const found = new Accumulated();
      for (let step = 0; step < 8; step++) {
        const rows = Array.from({ length: 1 + random.integer(8) }, (): Row => {
          const t = random.next() < 0.1 ? null : random.integer(10);
          return [random.pick(['a', 'b', null]), t, random.pick([null, 1n, 2n ** 60n + BigInt(all.length)])];
        });
        await harness.process(batchOf(INPUT, inserts(rows)));
        all.push(...rows);
        expect(found.add(harness.output).sorted).toStrictEqual(
          sorted(grouped(all, [0]).flatMap((group) => chosen(group, node))),
        );
      }
      const late = node.time === 'processing' ? 0 : all.filter((row) => row[1] === null).length;
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
      const isAppend = node.time === 'processing' && node.keep === 'first';
      if (isAppend)
        expect(harness.output.every((item) => item.kind !== 'row' || item.change === CHANGE.insert)).toBe(true);
    });
  }

  it('lets a key be first again when its time to live is over', async () => {
    const node = nodeOf({ time: 'processing', keep: 'first', stateTtlMs: 50 });
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [INPUT]),
      restoreAfterEachCall: true,
    });
    const batch = (v: bigint) => batchOf(INPUT, inserts([['a', 1, v]]));
    await harness.process(batch(1n));
    harness.now += 49;
    await harness.process(batch(2n));
    harness.now += 1;
    await harness.process(batch(3n));
    harness.now += 50;
    await harness.processingTime([]);
    await harness.process(batch(4n));
    expect(harness.rows.map((row) => row[2])).toStrictEqual([1n, 3n, 4n]);
  });
});
