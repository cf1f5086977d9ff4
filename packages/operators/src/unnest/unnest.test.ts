import { CHANGE, type Value } from '@millrace/batch';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import { type UnnestNode, unnestFields } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { batchOf, type Changed, inserts } from '../testing/changelog.ts';
import { col, decimal, T } from '../testing/evaluate.ts';

async function unnested(type: DataType, collections: readonly Value[], options: Partial<UnnestNode> = {}) {
  const input: Schema = {
    fields: [
      { name: 'id', type: T.integer },
      { name: 'items', type },
    ],
  };
  const { withOrdinality = false, outer = false } = options;
  const schema = { fields: [...input.fields, ...unnestFields(type, outer, withOrdinality)] };
  const common = { id: 'u' as OperatorId, input: 'in' as OperatorId, label: 'u', schema };
  const node: UnnestNode = { kind: 'unnest', ...common, collection: col(1, type), withOrdinality, outer };
  const create = () => createOperator(node, [input]);
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
  const changes = collections.map((items, at): Changed => ({ change: CHANGE.delete, row: [at, items] }));
  await harness.process(batchOf(input, changes));
  expect(harness.output.every((item) => item.kind === 'row' && item.change === CHANGE.delete)).toBe(true);
  return harness.rows.map(([id, , ...rest]) => [id, ...rest]);
}

describe('unnest', () => {
  const bigints: DataType = { kind: 'array', element: T.bigint, nullable: true };

  it('gives one row per element and drops rows without, keeping their change', async () => {
    const wide = 2n ** 62n + 1n;
    expect(await unnested(bigints, [[1n, null, wide], [], null, [2n]])).toStrictEqual([
      [0, 1n],
      [0, null],
      [0, wide],
      [3, 2n],
    ]);
  });

  it('as an outer join keeps rows without elements once, NULL and without a place', async () => {
    expect(await unnested(bigints, [[], null, [5n, 6n]], { outer: true, withOrdinality: true })).toStrictEqual([
      [0, null, null],
      [1, null, null],
      [2, 5n, 1],
      [2, 6n, 2],
    ]);
  });

  it('spreads the fields of rows, and NULL rows as NULL fields', async () => {
    const fields = [
      { name: 'sku', type: T.string },
      { name: 'price', type: decimal(10, 2) },
    ];
    const rows: DataType = { kind: 'array', element: { kind: 'row', fields, nullable: true }, nullable: true };
    expect(await unnested(rows, [[['a', '1.50'], null, ['b', null]]])).toStrictEqual([
      [0, 'a', '1.50'],
      [0, null, null],
      [0, 'b', null],
    ]);
  });

  it('gives keys and values of maps', async () => {
    const map: DataType = { kind: 'map', key: T.string, value: T.integer, nullable: true };
    const value = new Map<Value, Value>([
      ['x', 1],
      ['y', null],
    ]);
    expect(await unnested(map, [value], { withOrdinality: true })).toStrictEqual([
      [0, 'x', 1, 1],
      [0, 'y', null, 2],
    ]);
  });

  it('of an array longer than a batch loses nothing', async () => {
    const all = Array.from({ length: 3000 }, (_, at) => BigInt(at));
    expect(await unnested(bigints, [all])).toStrictEqual(all.map((item) => [0, item]));
  });
});

describe('replicate', () => {
  it('gives each row as often as its count says, without the count', async () => {
    const input: Schema = {
      fields: [
        { name: 'v', type: T.string },
        { name: 'n', type: T.bigint },
      ],
    };
    const common = { id: 'r' as OperatorId, input: 'in' as OperatorId, label: 'r' };
    const node = { ...common, kind: 'replicate', schema: { fields: input.fields.slice(0, 1) } } as const;
    const create = () => createOperator(node, [input]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const rows = inserts([
      ['a', 2n],
      ['b', 0n],
      ['c', null],
      ['d', -1n],
      ['e', 2500n],
    ]);
    await harness.process(batchOf(input, rows));
    expect(harness.rows).toStrictEqual([['a'], ['a'], ...Array.from({ length: 2500 }, () => ['e'])]);
  });
});
