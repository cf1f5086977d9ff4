import { BatchBuilder, CHANGE, type Change, type Value, withSelection } from '@millrace/batch';
import type { OperatorId, Schema } from '@millrace/model';
import type { LogicalNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { describe, expect, it } from 'vitest';
import { createOperator } from './from-plan.ts';
import { call, col, lit, T } from './testing/evaluate.ts';

const INPUT: Schema = { fields: [{ name: 't', type: T.timestamp }], eventTime: 0 };
const watermark = call('current-watermark', T.timestamp, col(0, T.timestamp));
const id = 'step' as OperatorId;

function batchOf(...times: readonly (number | null)[]) {
  const builder = new BatchBuilder(INPUT);
  for (const time of times) builder.append([time]);
  return builder.finish();
}

async function open(node: LogicalNode) {
  return OperatorHarness.open({ create: () => createOperator(node, [INPUT]), restoreAfterEachCall: false });
}

describe('CURRENT_WATERMARK', () => {
  it('in a projection is how far time had come when the row was there, and NULL before that is known', async () => {
    const schema: Schema = { fields: [...INPUT.fields, { name: 'w', type: T.timestamp }], eventTime: 0 };
    const expressions = [col(0, T.timestamp), watermark];
    const harness = await open({ kind: 'project', id, label: 'p', schema, input: id, expressions });
    await harness.process(batchOf(5));
    await harness.watermark(3);
    await harness.process(batchOf(7, null));
    await harness.watermark(6);
    await harness.process(batchOf(4));
    const expected: Value[][] = [
      [5, null],
      [7, 3],
      [null, 3],
      [4, 6],
    ];
    expect(harness.rows).toEqual(expected);
    expect(harness.watermarks).toEqual([3, 6]);
  });

  it('in a filter takes late rows out', async () => {
    const predicate = call('>', T.boolean, col(0, T.timestamp), watermark);
    const isFirst = call('is-null', { kind: 'boolean', nullable: false }, watermark);
    const either = call('or', T.boolean, isFirst, predicate);
    const harness = await open({ kind: 'filter', id, label: 'f', schema: INPUT, input: id, predicate: either });
    await harness.process(batchOf(5));
    await harness.watermark(5);
    await harness.process(batchOf(5, 6, null, 4));
    expect(harness.rows).toEqual([[5], [6]]);
  });

  it('anywhere else is refused before the first row', () => {
    const calls = [{ name: 'max', arg: watermark, filter: undefined, type: T.timestamp }] as const;
    const node: LogicalNode = {
      kind: 'group-aggregate',
      id,
      label: 'g',
      schema: { fields: [] },
      input: id,
      keys: [],
      calls,
    };
    const harness = open(node).then((opened) => opened.process(batchOf(1)));
    return expect(harness).rejects.toThrow('CURRENT_WATERMARK in this place');
  });
});

describe('a filter of changes', () => {
  const schema: Schema = { fields: [{ name: 'n', type: T.bigint }] };
  const predicate = call('>', T.boolean, col(0, T.bigint), lit('2', T.bigint));
  const node: LogicalNode = { kind: 'filter', id, label: 'f', schema, input: id, predicate };
  const { insert, updateBefore, updateAfter } = CHANGE;
  const given = async (rows: readonly (readonly [Change, bigint])[], selection?: readonly number[]) => {
    const builder = new BatchBuilder(schema);
    for (const [change, n] of rows) builder.append([n], change);
    const batch = builder.finish();
    const harness = await OperatorHarness.open({
      create: () => createOperator(node, [schema]),
      restoreAfterEachCall: false,
    });
    await harness.process(selection === undefined ? batch : withSelection(batch, Int32Array.from(selection)));
    const changes = harness.output.flatMap((told) => (told.kind === 'row' ? told.change : []));
    expect(batch.changes).toEqual(Uint8Array.from(rows.map(([change]) => change)));
    return harness.rows.map(([n], at) => [changes[at], n]);
  };

  it('makes a DELETE of a row that is taken back and whose replacement it refuses', async () => {
    expect(
      await given([
        [insert, 3n],
        [updateBefore, 3n],
        [updateAfter, 4n],
        [updateBefore, 4n],
        [updateAfter, 1n],
        [updateBefore, 1n],
        [updateAfter, 5n],
        [CHANGE.delete, 5n],
        [updateBefore, 7n],
        [updateAfter, 0n],
      ]),
    ).toEqual([
      [insert, 3n],
      [updateBefore, 3n],
      [updateAfter, 4n],
      [CHANGE.delete, 4n],
      [updateAfter, 5n],
      [CHANGE.delete, 5n],
      [CHANGE.delete, 7n],
    ]);
  });

  it('and not of one whose replacement was refused before, or is not there', async () => {
    const rows = [
      [updateBefore, 4n],
      [updateAfter, 1n],
      [updateBefore, 5n],
    ] as const;
    expect(await given(rows, [0, 2])).toEqual([
      [updateBefore, 4n],
      [updateBefore, 5n],
    ]);
    expect(await given(rows, [0, 1, 2])).toEqual([
      [CHANGE.delete, 4n],
      [updateBefore, 5n],
    ]);
  });
});
