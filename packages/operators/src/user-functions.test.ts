import {
  CHANGE,
  hashRows,
  keyGroupOf,
  keyGroupsOf,
  type RecordBatch,
  rowNumbers,
  type Value,
  withSelection,
} from '@millrace/batch';
import type { UserFunctions } from '@millrace/contracts';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import {
  type Expression,
  type GroupAggregateNode,
  type LogicalNode,
  type UserFunction,
  userFunction,
} from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { createUserCode } from '@millrace/user-code';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOperator } from './from-plan.ts';
import { batchOf, type Changed, inserts } from './testing/changelog.ts';
import { T } from './testing/evaluate.ts';

const INPUT: Schema = { fields: [{ name: 'k', type: T.string }, { name: 'x', type: T.bigint }] }; // biome-ignore format: two columns
const k: Expression = { kind: 'column', index: 0, type: T.string };
const x: Expression = { kind: 'column', index: 1, type: T.bigint };
const NULL: Expression = { kind: 'literal', value: null, type: T.bigint };
const common = { id: 'n' as OperatorId, input: 'in' as OperatorId, label: 'step' };

/** Fails at NULL and at 13: whoever sees no error did not ask for those. */
const picky = declare(
  'picky',
  [T.bigint],
  T.bigint,
  "if (a === null || a === 13n) throw new Error('asked'); return a + 1n;",
);
const positive = declare('positive', [T.bigint], T.boolean, "if (a === null) throw new Error('asked'); return a > 0n;");
const describeRow = declare('describe_row', [T.string, T.bigint], T.string, "return a + ' ' + b;");
const total = userFunction({
  name: 'total',
  kind: 'aggregate',
  parameters: [{ name: 'a', type: T.bigint }],
  returns: T.bigint,
  body: `export function createAccumulator() { return { sum: 0n, rows: 0 }; }
    export function accumulate(held, a) { held.sum += a ?? 0n; held.rows++; }
    export function retract(held, a) { held.sum -= a ?? 0n; held.rows--; }
    export function getValue(held) { if (held.rows === 0) throw new Error('nothing to give'); return held.sum; }`,
  deterministic: true,
  abilities: ['retract'],
});

function declare(name: string, types: readonly DataType[], returns: DataType, body: string): UserFunction {
  const parameters = types.map((type, at) => ({ name: 'ab'.charAt(at), type }));
  return userFunction({ name, kind: 'scalar', parameters, returns, body, deterministic: true, abilities: [] });
}

function user({ name, hash, deterministic, returns }: UserFunction, ...args: readonly Expression[]): Expression {
  return { kind: 'user-call', function: { name, hash }, deterministic, args, type: returns };
}

function call(name: 'and' | 'or' | 'coalesce' | 'is-null' | 'is-not-null' | '=', args: readonly Expression[], type: DataType = T.boolean): Expression {
  return { kind: 'call', name, args, type };
} // biome-ignore format: a signature

let functions: UserFunctions;
beforeAll(async () => {
  functions = await createUserCode().load([picky, positive, describeRow, total]);
});
afterAll(() => functions.close());

async function projected(
  expressions: readonly Expression[],
  rows: readonly (readonly Value[])[],
): Promise<readonly Value[][]> {
  const schema = { fields: expressions.map(({ type }, at) => ({ name: `c${at}`, type })) };
  const node: LogicalNode = { ...common, kind: 'project', schema, expressions };
  const harness = await OperatorHarness.open({
    create: () => createOperator(node, [INPUT], functions),
    restoreAfterEachCall: true,
  });
  await harness.process(batchOf(INPUT, inserts(rows)));
  return harness.rows.map((row) => [...row]);
}

describe('a call is made for the rows for which its value matters, and for no others', () => {
  const rows = [['a', 1n], ['b', null], ['c', 13n], ['d', -(2n ** 62n)]]; // biome-ignore format: rows
  const isFine = call('and', [
    call('is-not-null', [x]),
    { kind: 'call', name: '<>', args: [x, { kind: 'literal', value: '13', type: T.bigint }], type: T.boolean },
  ]);

  it('in CASE', async () => {
    const guarded: Expression = {
      kind: 'case',
      branches: [{ when: isFine, value: user(picky, x) }],
      otherwise: NULL,
      type: T.bigint,
    };
    expect(await projected([guarded], rows)).toEqual([[2n], [null], [null], [-(2n ** 62n) + 1n]]);
  });

  it('in AND, OR and COALESCE', async () => {
    const and = call('and', [call('is-not-null', [x]), user(positive, x)]);
    const or = call('or', [call('is-null', [x]), user(positive, x)]);
    const coalesce = call('coalesce', [k, user(describeRow, k, user(picky, NULL))], T.string);
    expect(await projected([and, or, coalesce], rows)).toEqual([
      [true, true, 'a'],
      [false, true, 'b'],
      [true, true, 'c'],
      [false, false, 'd'],
    ]);
  });

  it('of a filter: conditions before it keep rows from it, rows and changes stay as they were', async () => {
    const predicate = call('and', [call('is-not-null', [x]), user(positive, x)]);
    const node: LogicalNode = { ...common, kind: 'filter', schema: INPUT, predicate };
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [INPUT], functions),
      restoreAfterEachCall: true,
    });
    const changes = rows.map((row, at): Changed => ({ change: at === 0 ? CHANGE.delete : CHANGE.insert, row }));
    await harness.process(batchOf(INPUT, changes));
    expect(harness.output.flatMap((item) => (item.kind === 'row' ? [[item.change, ...item.row]] : []))).toEqual([
      [CHANGE.delete, 'a', 1n],
      [CHANGE.insert, 'c', 13n],
    ]);
  });

  it('inside each other', async () => {
    expect(await projected([user(describeRow, k, user(picky, user(picky, x)))], [['a', 1n], [null, 2n]])).toEqual([['a 3'], ['null 4']]);
  }); // biome-ignore format: rows
});

describe('a function that fails', () => {
  it('fails the job in the words of the step that calls it', async () => {
    await expect(projected([user(picky, x)], [['a', 1n], ['b', 13n]])).rejects.toMatchObject({
      code: 'function.threw',
      message: expect.stringMatching(/^step: Function picky failed at line 1 of its body: Error: asked\. Its arguments were a = 13\./),
      domain: 'user',
      retry: 'never',
    });
  }); // biome-ignore format: rows
});

/** total(x) by k. */
function totalByKey(): GroupAggregateNode {
  const row: DataType = { kind: 'row', fields: [{ name: 'a', type: T.bigint }], nullable: false };
  const arg: Expression = { kind: 'call', name: 'row', args: [x], type: row };
  const schema = { fields: [{ name: 'k', type: T.string }, { name: 'total', type: T.bigint }] }; // biome-ignore format: two columns
  const { name, hash } = total;
  const calls = [{ name: 'user', function: { name, hash }, arg, filter: undefined, type: T.bigint }] as const;
  return { ...common, kind: 'group-aggregate', schema, keys: [0], calls };
}

const GROUPS = 8;

/** The rows of a batch that go to the subtask that owns the key groups, as the exchange routes them. */
function routed(batch: RecordBatch, { first, last }: { readonly first: number; readonly last: number }): RecordBatch {
  const hashes = new Int32Array(batch.rows);
  hashRows(batch, [0], hashes);
  const isOwn = (row: number) => {
    const group = keyGroupOf(hashes[row] ?? 0, GROUPS);
    return group >= first && group <= last;
  };
  return withSelection(batch, rowNumbers(batch.rows).slice().filter(isOwn));
}

describe('an aggregate somebody wrote', () => {
  it('has its accumulators in every snapshot: two subtasks, then one, then three go on where the ones before stopped', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    const random = new SeededRandom(seed);
    const create = () => createOperator(totalByKey(), [INPUT], functions);
    const expected = new Map<string, bigint>();
    const all: OperatorHarness[] = [];
    let before: readonly OperatorHarness[] = [];
    for (const parallelism of [2, 1, 3, 2]) {
      const handles = (await Promise.all(before.map((harness) => harness.snapshot()))).flat();
      const ranges = Array.from({ length: parallelism }, (_, at) => keyGroupsOf(at, parallelism, GROUPS));
      const options = { create, restoreAfterEachCall: false, maxParallelism: GROUPS };
      before = await Promise.all(
        ranges.map((keyGroups) => OperatorHarness.open({ ...options, keyGroups }, handles, ...before)),
      );
      all.push(...before);
      for (let batch = 0; batch < 3; batch++) {
        const rows = Array.from({ length: 60 }, (): [string, bigint] => [
          `key ${random.integer(25)}`,
          BigInt(random.integer(1000)) * 2n ** 46n,
        ]);
        for (const [key, amount] of rows) expected.set(key, (expected.get(key) ?? 0n) + amount);
        for (const [at, keyGroups] of ranges.entries())
          await before[at]?.process(routed(batchOf(INPUT, inserts(rows)), keyGroups));
      }
    }
    const output = all.flatMap((harness) => harness.output);
    expect(accumulated({ output }), `seed ${seed}`).toEqual(new Map([...expected].sort()));
  });

  it('keeps its accumulators in state: over changes, restored after every batch, it gives what adding up gives', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    const random = new SeededRandom(seed);
    const node = totalByKey();
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [INPUT], functions),
      restoreAfterEachCall: true,
    });
    const held: [string, bigint][] = [];
    for (let batch = 0; batch < 12; batch++) {
      const changes: Changed[] = [];
      for (let at = 0; at < 40; at++) {
        const taken =
          held.length > 0 && random.integer(3) === 0 ? held.splice(random.integer(held.length), 1)[0] : undefined;
        const added: [string, bigint] = [`key ${random.integer(6)}`, BigInt(random.integer(100)) * 2n ** 50n];
        if (taken === undefined) held.push(added);
        changes.push({ change: taken === undefined ? CHANGE.insert : CHANGE.delete, row: taken ?? added });
      }
      await harness.process(batchOf(INPUT, changes));
      const expected = new Map<string, bigint>();
      for (const [key, amount] of held) expected.set(key, (expected.get(key) ?? 0n) + amount);
      expect(accumulated(harness), `seed ${seed}`).toEqual(new Map([...expected].sort()));
    }
  });

  it.each([{ preceding: 2 }, { preceding: 'unbounded' }] as const)(
    'adds up the frames of OVER, those that slide and those that grow: %j',
    async ({ preceding }) => {
      const fields = [...INPUT.fields, { name: 'total', type: T.bigint }];
      const frame = { kind: 'rows', preceding } as const;
      const { calls } = totalByKey();
      const over = { partition: [0], time: 'processing', frame, calls } as const;
      const node: LogicalNode = { ...common, ...over, kind: 'over-aggregate', schema: { fields } };
      const rows = Array.from({ length: 30 }, (_, at): [string, bigint] => [`key ${at % 2}`, BigInt(at)]);
      const sums = rows.map(([key], at) => {
        const within = rows.slice(0, at + 1).filter(([other]) => other === key);
        return within.slice(preceding === 2 ? -3 : 0).reduce((sum, [, amount]) => sum + amount, 0n);
      });
      for (const restoreAfterEachCall of [true, false]) {
        const create = () => createOperator(node, [INPUT], functions);
        const harness = await OperatorHarness.open({ create, restoreAfterEachCall });
        await harness.process(batchOf(INPUT, inserts(rows.slice(0, 7))));
        await harness.process(batchOf(INPUT, inserts(rows.slice(7))));
        expect(harness.rows.map(([, , sum]) => sum)).toEqual(sums);
      }
    },
  );
});

/** The changelog so far, added up. */
function accumulated(harness: Pick<OperatorHarness, 'output'>): Map<string, Value> {
  const rows = new Map<string, Value>();
  for (const item of harness.output) {
    if (item.kind !== 'row') continue;
    const [key = null, value = null] = item.row;
    if (item.change === CHANGE.insert || item.change === CHANGE.updateAfter) rows.set(String(key), value);
    else rows.delete(String(key));
  }
  return new Map([...rows].sort());
}
