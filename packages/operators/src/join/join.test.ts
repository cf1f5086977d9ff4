import { CHANGE, type Value } from '@millrace/batch';
import type { OperatorId, Schema } from '@millrace/model';
import { JOIN_TYPES, type JoinNode, type JoinType, joinFields } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { joined } from '../testing/brute-join.ts';
import {
  Accumulated,
  batchOf,
  type Changed,
  inserts,
  RandomChanges,
  type Row,
  seedsOf,
  sorted,
} from '../testing/changelog.ts';
import { call, col, decimal, T } from '../testing/evaluate.ts';

const LEFT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 'n', type: T.bigint },
    { name: 'd', type: decimal(38, 3) },
  ],
};
const RIGHT: Schema = {
  fields: [
    { name: 'n2', type: T.bigint },
    { name: 'k2', type: T.string },
    { name: 'tags', type: { kind: 'array', element: T.string, nullable: true } },
  ],
};
/** left.n < right.n2 */
const BELOW = call('<', T.boolean, col(1, T.bigint), col(3, T.bigint));

function nodeOf(type: JoinType, options: Partial<JoinNode> = {}): JoinNode {
  const id = 'join' as OperatorId;
  const keys = { leftKeys: [0], rightKeys: [1], condition: undefined };
  const schema = { fields: joinFields(LEFT.fields, RIGHT.fields, type) };
  return { kind: 'join', id, label: 'j', schema, left: id, right: id, type, ...keys, ...options };
}

function opened(node: JoinNode, random?: SeededRandom) {
  const create = () => createOperator(node, [LEFT, RIGHT]);
  const restoreAfterEachCall = random === undefined || random.next() < 0.5;
  return OperatorHarness.open({ create, restoreAfterEachCall, ...(random && { random: () => random.next() }) });
}

function integer(random: SeededRandom): Value {
  return random.pick([null, 0n, 1n, 2n, 3n, 2n ** 60n, 2n ** 60n + 1n, -(2n ** 63n)]);
}

describe('a join', () => {
  for (const type of JOIN_TYPES) {
    for (const seed of seedsOf(`${type} join`, 10)) {
      it(`${type}: adds up to the answer after every batch of either side (seed ${seed})`, async () => {
        const random = new SeededRandom(seed);
        const keys = random.pick([
          { leftKeys: [0], rightKeys: [1] },
          { leftKeys: [0, 1], rightKeys: [1, 0] },
          { leftKeys: [], rightKeys: [] },
        ]);
        const node = nodeOf(type, { ...keys, condition: random.next() < 0.6 ? BELOW : undefined });
        const harness = await opened(node, random);
        const lefts = new RandomChanges(random, () => {
          const d = random.pick(['0.125', '-99999999999999999999999999999999999.125', null]);
          return [random.pick(['a', 'b', null]), integer(random), d];
        });
        const rights = new RandomChanges(random, () => {
          return [integer(random), random.pick(['a', 'b', 'c', null]), random.pick([null, [], ['x', null]])];
        });
        const found = new Accumulated();
        for (let step = 0; step < 12; step++) {
          const input = random.integer(2);
          const [schema, side] = input === 0 ? ([LEFT, lefts] as const) : ([RIGHT, rights] as const);
          await harness.process(batchOf(schema, side.next(1 + random.integer(6))), input);
          const expected = joined(
            lefts.live,
            rights.live,
            node,
            (l, r) => isLess(l[1], r[0]) || node.condition === undefined,
          );
          expect(found.add(harness.output).sorted).toStrictEqual(sorted(expected));
        }
      });
    }
  }

  it('keeps the kinds of changes that Flink keeps: as they come for inner, INSERT and DELETE for outer joins', async () => {
    const left = (change: Changed['change'], n: bigint): Changed => ({ change, row: ['a', n, null] });
    const right: Row = [7n, 'a', null];
    const kinds = async (type: JoinType) => {
      const harness = await opened(nodeOf(type));
      await harness.process(batchOf(LEFT, inserts([['a', 1n, null]])), 0);
      await harness.process(batchOf(RIGHT, inserts([right])), 1);
      await harness.process(batchOf(LEFT, [left(CHANGE.updateBefore, 1n), left(CHANGE.updateAfter, 2n)]), 0);
      await harness.process(batchOf(RIGHT, [{ change: CHANGE.updateBefore, row: right }]), 1);
      return harness.output.map((item) =>
        item.kind === 'row' ? `${'+I -U +U -D'.split(' ')[item.change]} ${item.row[1]} ${item.row[3]}` : '',
      );
    };
    expect(await kinds('inner')).toStrictEqual(['+I 1 7', '-U 1 7', '+U 2 7', '-U 2 7']);
    expect(await kinds('left')).toStrictEqual([
      '+I 1 null',
      '-D 1 null',
      '+I 1 7',
      '-D 1 7',
      '+I 2 7',
      '-U 2 7',
      '+I 2 null',
    ]);
    expect(await kinds('semi')).toStrictEqual(['+I 1 undefined', '-U 1 undefined', '+U 2 undefined', '-U 2 undefined']);
    expect(await kinds('anti')).toStrictEqual(['+I 1 undefined', '-D 1 undefined', '+I 2 undefined']);
  });

  it('keeps the rows of a busy key apart, thousands of them, and takes each back', async () => {
    const harness = await opened(nodeOf('left'), new SeededRandom(5));
    const rights = Array.from({ length: 1500 }, (_, n): Row => [BigInt(n % 700), 'a', null]);
    await harness.process(batchOf(RIGHT, inserts(rights)), 1);
    await harness.process(batchOf(LEFT, inserts([['a', 1n, null]])), 0);
    expect(harness.rows).toHaveLength(1500);
    await harness.process(
      batchOf(
        RIGHT,
        rights.slice(2).map((row) => ({ change: CHANGE.delete, row })),
      ),
      1,
    );
    const found = new Accumulated().add(harness.output);
    expect(found.sorted).toStrictEqual(sorted(rights.slice(0, 2).map((row) => ['a', 1n, null, ...row])));
  });

  it('forgets rows that nobody touched for their time to live, each by itself', async () => {
    const harness = await opened(nodeOf('inner', { stateTtlMs: 100 }));
    const right = (n: bigint) => batchOf(RIGHT, inserts([[n, 'a', null]]));
    await harness.process(right(1n), 1);
    harness.now += 60;
    await harness.process(right(2n), 1);
    harness.now += 40;
    await harness.process(batchOf(LEFT, inserts([['a', 0n, null]])), 0);
    await harness.processingTime([]);
    expect(harness.rows.map((row) => row[3])).toStrictEqual([2n]);
    harness.now += 60;
    await harness.processingTime([]);
    await harness.process(batchOf(LEFT, inserts([['a', 5n, null]])), 0);
    expect(harness.rows).toHaveLength(1);
    await harness.process(right(3n), 1);
    expect(harness.rows.map((row) => [row[1], row[3]]).slice(1)).toStrictEqual([
      [0n, 3n],
      [5n, 3n],
    ]);
  });

  it('each side forgets after its own time', async () => {
    const harness = await opened(nodeOf('inner', { stateTtlMs: 1_000, leftTtlMs: 100, rightTtlMs: 0 }));
    await harness.process(batchOf(LEFT, inserts([['a', 0n, null]])), 0);
    await harness.process(batchOf(RIGHT, inserts([[1n, 'a', null]])), 1);
    expect(harness.rows).toHaveLength(1);
    harness.now += 100;
    await harness.process(batchOf(RIGHT, inserts([[2n, 'a', null]])), 1);
    expect(harness.rows).toHaveLength(1);
    harness.now += 100_000;
    await harness.processingTime([]);
    await harness.process(batchOf(LEFT, inserts([['a', 5n, null]])), 0);
    expect(harness.rows.map((row) => [row[1], row[3]]).slice(1)).toStrictEqual([
      [5n, 1n],
      [5n, 2n],
    ]);
  });

  it('a side with no time of its own forgets after that of the step', async () => {
    const harness = await opened(nodeOf('left', { stateTtlMs: 100, leftTtlMs: 0 }));
    await harness.process(batchOf(RIGHT, inserts([[1n, 'a', null]])), 1);
    await harness.process(batchOf(LEFT, inserts([['a', 0n, null]])), 0);
    harness.now += 100;
    await harness.process(batchOf(LEFT, inserts([['a', 1n, null]])), 0);
    await harness.process(batchOf(RIGHT, inserts([[2n, 'a', null]])), 1);
    expect(harness.rows.filter((row) => row[1] === 1n).map((row) => row[3])).toStrictEqual([null, null, 2n]);
    expect(harness.rows.filter((row) => row[1] === 0n).map((row) => row[3])).toStrictEqual([1n, 2n]);
  });

  it('does not count a forgotten row when the same row comes again before the timer has cleared it away', async () => {
    const harness = await opened(nodeOf('inner', { stateTtlMs: 100 }));
    const right = batchOf(RIGHT, inserts([[1n, 'a', null]]));
    await harness.process(right, 1);
    harness.now += 100;
    await harness.process(right, 1);
    await harness.process(batchOf(LEFT, inserts([['a', 0n, null]])), 0);
    expect(harness.rows).toHaveLength(1);
  });
});

function isLess(a: Value | undefined, b: Value | undefined): boolean {
  return typeof a === 'bigint' && typeof b === 'bigint' && a < b;
}
