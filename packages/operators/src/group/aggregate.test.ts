import { BatchBuilder, CHANGE, type Change, isRetraction, type RecordBatch, type Value } from '@millrace/batch';
import type { OperatorId } from '@millrace/model';
import type { AggregateCall, GroupAggregateNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { bigint, CALLS, call, DISTINCT_LIST, INPUT, rows, string } from '../testing/aggregate-input.ts';
import { bruteAggregate, rowText, type Step } from '../testing/brute-aggregate.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`group aggregate.test seed ${seed}`);

function nodeOf(
  keys: readonly number[],
  calls: readonly AggregateCall[],
  more: Partial<GroupAggregateNode> = {},
): GroupAggregateNode {
  const fields = [
    ...keys.map((index) => INPUT.fields[index] ?? { name: '?', type: string }),
    ...calls.map(({ type }, at) => ({ name: `a${at}`, type })),
  ];
  const id = 'aggregate' as OperatorId;
  return { kind: 'group-aggregate', id, label: 'agg', schema: { fields }, input: id, keys, calls, ...more };
}

interface ChangedRow {
  readonly row: readonly Value[];
  readonly change: Change;
}

function batchOf(list: readonly ChangedRow[]): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (const { row, change } of list) builder.append(row, change);
  return builder.finish();
}

/** The table that a changelog describes; throws when a change does not fit what is there. */
class Accumulated {
  readonly rows = new Map<string, string>();
  readonly #keyCount: number;
  #seen = 0;

  constructor(keyCount: number) {
    this.#keyCount = keyCount;
  }

  follow(harness: OperatorHarness): void {
    const added = harness.output.slice(this.#seen);
    this.#seen = harness.output.length;
    for (const [at, item] of added.entries()) {
      if (item.kind !== 'row') continue;
      const key = rowText(item.row.slice(0, this.#keyCount));
      const text = rowText(item.row);
      const before = added[at - 1];
      if (item.change === CHANGE.insert) expect(this.rows.has(key), `a second INSERT of ${key}`).toBe(false);
      else if (item.change === CHANGE.updateAfter) {
        expect(before?.kind === 'row' && before.change === CHANGE.updateBefore, 'an UPDATE_AFTER alone').toBe(true);
        expect(before?.kind === 'row' && before.row, 'an update that changes nothing').not.toStrictEqual(item.row);
      } else expect(this.rows.get(key), 'what is taken back is what was given').toBe(text);
      if (isRetraction(item.change)) this.rows.delete(key);
      else this.rows.set(key, text);
    }
  }
}

/** Rows that come, and rows of those that are taken back, in random order; cut into batches. */
function changelog(mayRetract: boolean): fc.Arbitrary<readonly (readonly ChangedRow[])[]> {
  const step = fc.tuple(rows, fc.nat(), fc.boolean());
  return fc.array(fc.array(step, { minLength: 1, maxLength: 15 }), { maxLength: 8 }).map((batches) => {
    const live: (readonly Value[])[] = [];
    return batches.map((batch) =>
      batch.map(([row, pick, isUpdate]): ChangedRow => {
        const takes = mayRetract && live.length > 0 && pick % 5 < 2;
        const taken = takes ? live.splice(pick % live.length, 1)[0] : undefined;
        if (taken !== undefined) return { row: taken, change: isUpdate ? CHANGE.updateBefore : CHANGE.delete };
        live.push(row);
        return { row, change: isUpdate ? CHANGE.updateAfter : CHANGE.insert };
      }),
    );
  });
}

function stepsByGroup(keys: readonly number[], list: readonly ChangedRow[]): Map<string, Step[]> {
  const groups = new Map<string, Step[]>();
  for (const { row, change } of list) {
    const key = rowText(keys.map((index) => row[index] ?? null));
    const steps = groups.get(key) ?? [];
    steps.push({ row, sign: isRetraction(change) ? -1 : 1 });
    groups.set(key, steps);
    if (steps.reduce((sum, { sign }) => sum + sign, 0) === 0) groups.delete(key);
  }
  return groups;
}

async function compare(
  node: GroupAggregateNode,
  batches: readonly (readonly ChangedRow[])[],
  restore: boolean,
  bits: number,
): Promise<void> {
  let state = bits;
  const random = () => {
    state = (Math.imul(state, 48_271) + 11) >>> 0;
    return state / 2 ** 32;
  };
  const create = () => createOperator(node, [INPUT]);
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall: restore, random });
  const accumulated = new Accumulated(node.keys.length);
  for (const [at, batch] of batches.entries()) {
    await harness.process(batchOf(batch));
    accumulated.follow(harness);
    const groups = stepsByGroup(node.keys, batches.slice(0, at + 1).flat());
    const expected = [...groups.values()].map((steps) => {
      const keys = node.keys.map((index) => steps[0]?.row[index] ?? null);
      return rowText([...keys, ...node.calls.map((one) => bruteAggregate(one, steps))]);
    });
    expect([...accumulated.rows.values()].sort()).toStrictEqual(expected.sort());
  }
}

const keySets = fc.constantFrom<readonly number[]>([], [0], [0, 1], [3]);

describe('a group aggregate', () => {
  it('gives a changelog that accumulates to the aggregates of the accumulated input, after every batch', async () => {
    const property = fc.asyncProperty(
      keySets,
      changelog(true),
      fc.integer({ min: 1 }),
      fc.boolean(),
      (keys, batches, bits, restore) => compare(nodeOf(keys, CALLS), batches, restore, bits),
    );
    await fc.assert(property, { seed, numRuns: 40, interruptAfterTimeLimit: 60_000 });
  }, 120_000);

  it('gives the same where only INSERTs come and nothing is kept to take them back', async () => {
    const property = fc.asyncProperty(
      keySets,
      changelog(false),
      fc.integer({ min: 1 }),
      fc.boolean(),
      (keys, batches, bits, restore) =>
        compare(nodeOf(keys, [...CALLS, DISTINCT_LIST], { insertOnly: true }), batches, restore, bits),
    );
    await fc.assert(property, { seed, numRuns: 25, interruptAfterTimeLimit: 60_000 });
  }, 120_000);

  it('changes a group once per batch, and not at all when the result is what it was', async () => {
    const create = () => createOperator(nodeOf([0], [call('max', 3, bigint)]), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const insert = (k: string, v: bigint): ChangedRow => ({
      row: [k, null, null, v, null, null, null, null, null],
      change: CHANGE.insert,
    });
    await harness.process(batchOf([insert('a', 1n), insert('b', 5n), insert('a', 7n)]));
    await harness.process(batchOf([insert('a', 3n), insert('b', 4n)]));
    await harness.process(batchOf([insert('a', 8n), insert('a', 9n)]));
    const changes = harness.output.map((item) => (item.kind === 'row' ? [item.change, ...item.row] : []));
    expect(changes).toStrictEqual([
      [CHANGE.insert, 'a', 7n],
      [CHANGE.insert, 'b', 5n],
      [CHANGE.updateBefore, 'a', 7n],
      [CHANGE.updateAfter, 'a', 9n],
    ]);
  });

  it('forgets a group that was not written for its time to live, and starts it anew', async () => {
    const node = nodeOf([0], [call('count', undefined, bigint)], { stateTtlMs: 1_000 });
    const create = () => createOperator(node, [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const row = (k: string): readonly Value[] => [k, null, null, null, null, null, null, null, null];
    const send = (change: Change, ...keys: string[]) =>
      harness.process(batchOf(keys.map((k) => ({ row: row(k), change }))));
    await send(CHANGE.insert, 'a', 'b', 'c');
    harness.now += 600;
    await send(CHANGE.insert, 'a');
    harness.now += 500;
    await send(CHANGE.insert, 'b');
    await harness.processingTime([]);
    await send(CHANGE.delete, 'c');
    await send(CHANGE.insert, 'a', 'c');
    const changes = harness.output.flatMap((item) =>
      item.kind === 'row' ? [[item.change, ...item.row].join(' ')] : [],
    );
    expect(changes).toStrictEqual(['0 a 1', '0 b 1', '0 c 1', '1 a 1', '2 a 2', '0 b 1', '1 a 2', '2 a 3', '0 c 1']);
  });

  it('fails the job when a subquery that stands for one value gives two rows, and not when one replaces the other', async () => {
    const create = () => createOperator(nodeOf([], [call('single_value', 3, bigint)]), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const row = (v: bigint, change: Change): ChangedRow => ({
      row: [null, null, null, v, null, null, null, null, null],
      change,
    });
    await harness.process(batchOf([row(1n, CHANGE.insert)]));
    await harness.process(batchOf([row(1n, CHANGE.updateBefore), row(2n, CHANGE.updateAfter)]));
    expect(harness.rows.at(-1)).toStrictEqual([2n]);
    await expect(harness.process(batchOf([row(3n, CHANGE.insert)]))).rejects.toMatchObject({
      code: 'expression.more-than-one-row',
    });
  });

  it('estimates many different values within the error it promises', async () => {
    const create = () =>
      createOperator(nodeOf([], [call('approx_count_distinct', 3, bigint)], { insertOnly: true }), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: false });
    const count = 60_000;
    const list = Array.from({ length: count }, (_, at): ChangedRow => {
      return {
        row: [null, null, null, BigInt(at % (count / 2)) * 977n, null, null, null, null, null],
        change: CHANGE.insert,
      };
    });
    await harness.process(batchOf(list));
    const estimate = Number(harness.rows.at(-1)?.[0]);
    // Four standard errors.
    expect(Math.abs(estimate - count / 2) / (count / 2)).toBeLessThan(4 * 0.0163);
  });
});
