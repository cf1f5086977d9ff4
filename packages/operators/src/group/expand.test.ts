import { BatchBuilder, CHANGE } from '@millrace/batch';
import type { OperatorId } from '@millrace/model';
import type { ExpandNode, Expression } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { bigint, column, INPUT, string } from '../testing/aggregate-input.ts';

it('GROUPING SETS: every row once per projection, an update whole within its projection', async () => {
  const nothing: Expression = { kind: 'literal', value: null, type: string };
  const set = (value: string): Expression => ({ kind: 'literal', value, type: bigint });
  const node: ExpandNode = {
    kind: 'expand',
    id: 'expand' as OperatorId,
    label: 'expand',
    input: 'in' as OperatorId,
    schema: {
      fields: [
        { name: 'k', type: string },
        { name: 's', type: string },
        { name: 'set', type: bigint },
      ],
    },
    projections: [
      [column(0), column(5), set('0')],
      [column(0), nothing, set('1')],
      [nothing, nothing, set('3')],
    ],
  };
  const create = () => createOperator(node, [INPUT]);
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
  const builder = new BatchBuilder(INPUT);
  builder.append(['a', null, null, null, null, 'old'], CHANGE.updateBefore);
  builder.append(['a', null, null, null, null, 'new'], CHANGE.updateAfter);
  await harness.process(builder.finish());
  expect(harness.output.map((item) => (item.kind === 'row' ? [item.change, ...item.row] : []))).toStrictEqual([
    [1, 'a', 'old', 0n],
    [2, 'a', 'new', 0n],
    [1, 'a', null, 1n],
    [2, 'a', null, 1n],
    [1, null, null, 3n],
    [2, null, null, 3n],
  ]);
});
