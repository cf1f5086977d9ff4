import { CHANGE, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import type { RankNode, SortColumn } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import {
  Accumulated,
  batchOf,
  grouped,
  inserts,
  RandomChanges,
  type Row,
  seedsOf,
  sorted,
} from '../testing/changelog.ts';
import { decimal, T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 'v', type: T.bigint },
    { name: 's', type: T.string },
    { name: 'd', type: decimal(38, 2) },
    { name: 'window_end', type: T.timestamp },
  ],
};
const RANK = { name: 'rownum', type: { kind: 'bigint', nullable: false } } as const;

function nodeOf(options: Partial<RankNode>): RankNode {
  const id = 'rank' as OperatorId;
  const schema = { fields: options.withRank === true ? [...INPUT.fields, RANK] : INPUT.fields };
  const by = { order: [{ column: 1, descending: true, nullsLast: false }], partition: [0] };
  return { kind: 'rank', id, label: 'top', input: id, schema, ...by, from: 1, to: 3, withRank: false, ...options };
}

function randomRow(random: SeededRandom): Row {
  const wide = () => (random.next() < 0.3 ? 2n ** 62n + BigInt(random.integer(3)) : BigInt(random.integer(6)));
  const key = random.pick(['a', 'b', null]);
  const s = random.pick(['x', 'y', '\u{1F600}', '\uFFFD', null]);
  const d = random.pick(['1.50', '-123456789012345678901234567890.25', null]);
  return [key, random.next() < 0.1 ? null : wide(), s, d, 10 * (1 + random.integer(4))];
}

/** By definition: a stable sort of what is there, then the places. */
function ranked(live: readonly Row[], { partition, order, from, to, withRank }: RankNode): Row[] {
  return grouped(live, partition).flatMap((rows) => {
    const best = [...rows].sort((a, b) => compare(a, b, order)).slice(from - 1, to);
    return best.map((row, at): Row => (withRank ? [...row, BigInt(from + at)] : row));
  });
}

function compare(a: Row, b: Row, order: readonly SortColumn[]): number {
  for (const { column, descending, nullsLast } of order) {
    const [x = null, y = null]: readonly (Value | undefined)[] = [a[column], b[column]];
    if (x === y) continue;
    if (x === null || y === null) return (x === null) === nullsLast ? 1 : -1;
    const [p, q] = typeof x === 'string' ? [Buffer.from(x), Buffer.from(String(y))] : [x, y];
    const less = p instanceof Buffer && q instanceof Buffer ? Buffer.compare(p, q) < 0 : p < q;
    return less === descending ? 1 : -1;
  }
  return 0;
}

describe('a ranking', () => {
  for (const seed of seedsOf('rank.test', 24)) {
    it(`adds up to the first places after every batch (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const insertOnly = random.next() < 0.4;
      const from = 1 + random.integer(3);
      const order = [
        { column: 1, descending: random.next() < 0.5, nullsLast: random.next() < 0.5 },
        { column: 2, descending: random.next() < 0.5, nullsLast: random.next() < 0.5 },
      ].slice(0, 1 + random.integer(2));
      const node = nodeOf({
        partition: random.pick([[0], [], [0, 2]]),
        order,
        from,
        to: from + random.integer(4),
        withRank: random.next() < 0.5,
        ...(insertOnly ? { insertOnly: true } : {}),
      });
      const create = () => createOperator(node, [INPUT]);
      const cruel = { create, restoreAfterEachCall: random.next() < 0.5, random: () => random.next() };
      const harness = await OperatorHarness.open(cruel);
      const changes = new RandomChanges(random, () => randomRow(random), insertOnly ? 1 : 0.6);
      const found = new Accumulated();
      for (let step = 0; step < 12; step++) {
        await harness.process(batchOf(INPUT, changes.next(1 + random.integer(8))));
        expect(found.add(harness.output).sorted).toStrictEqual(sorted(ranked(changes.live, node)));
      }
    });

    it(`of windows leaves once, when the watermark passes them, and late rows are counted (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const node = nodeOf({
        partition: [0, 4],
        windowEnd: 4,
        withRank: random.next() < 0.5,
        to: 1 + random.integer(3),
      });
      const create = () => createOperator(node, [INPUT]);
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true, random: () => random.next() });
      let expected: Row[] = [];
      let waiting: Row[] = [];
      let late = 0;
      for (const watermark of [4, 12, 19, 28, MAX_WATERMARK]) {
        const rows = Array.from({ length: 10 }, () => randomRow(random));
        await harness.process(batchOf(INPUT, inserts(rows)));
        const open = rows.filter((row) => Number(row[4]) - 1 > Math.max(...harness.watermarks, -1));
        late += rows.length - open.length;
        waiting.push(...open);
        await harness.watermark(watermark);
        const isDue = (row: Row) => Number(row[4]) - 1 <= watermark;
        expected = [...expected, ...ranked(waiting.filter(isDue), node)];
        waiting = waiting.filter((row) => !isDue(row));
        expect(sorted(harness.rows)).toStrictEqual(sorted(expected));
      }
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
      const ends = harness.rows.map((row) => Number(row[4]));
      expect(ends).toStrictEqual([...ends].sort((a, b) => a - b));
    });
  }

  it('with places tells only the places that changed', async () => {
    const node = nodeOf({ withRank: true });
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [INPUT]),
      restoreAfterEachCall: true,
    });
    const row = (v: bigint): Row => ['a', v, null, null, null];
    for (const v of [30n, 10n, 20n]) await harness.process(batchOf(INPUT, inserts([row(v)])));
    const before = harness.output.length;
    await harness.process(batchOf(INPUT, [{ change: CHANGE.delete, row: row(20n) }]));
    const told = harness.output
      .slice(before)
      .map((item) => (item.kind === 'row' ? [item.change, item.row[1], item.row[5]] : []));
    expect(told).toStrictEqual([
      [CHANGE.updateBefore, 20n, 2n],
      [CHANGE.updateAfter, 10n, 2n],
      [CHANGE.delete, 10n, 3n],
    ]);
  });

  it('forgets a partition that nobody touched for its time to live, without a word', async () => {
    const node = nodeOf({ stateTtlMs: 100 });
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [INPUT]),
      restoreAfterEachCall: true,
    });
    const row = (v: bigint): Row => ['a', v, null, null, null];
    await harness.process(batchOf(INPUT, inserts([row(3n), row(2n), row(1n)])));
    harness.now += 60;
    await harness.process(batchOf(INPUT, inserts([row(0n)])));
    harness.now += 99;
    await harness.processingTime([]);
    await harness.process(batchOf(INPUT, inserts([row(5n)])));
    expect(harness.output.slice(-2).map((item) => item.kind === 'row' && item.change)).toStrictEqual([3, 0]);
    harness.now += 100;
    await harness.processingTime([]);
    const before = harness.output.length;
    await harness.process(batchOf(INPUT, inserts([row(0n)])));
    expect(harness.output.slice(before)).toStrictEqual([{ kind: 'row', row: row(0n), change: CHANGE.insert }]);
  });
});
