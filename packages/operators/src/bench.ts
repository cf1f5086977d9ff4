/**
 * Million rows per CPU-second of one core: filter + project on four columns, aggregates, then
 * rankings, joins and patterns. Run it with `npx tsx packages/operators/src/bench.ts`; compare ratios, not figures of different machines.
 */
import type { Collector } from '@millrace/contracts';
import type { FilterNode, ProjectNode } from '@millrace/plan';
import { createOperator } from './from-plan.ts';
import { benchAggregates } from './testing/bench-aggregates.ts';
import {
  BATCHES,
  base,
  batches,
  bigint,
  boolean,
  call,
  column,
  double,
  integer,
  literal,
  measure,
  nothing,
  opened,
  ROWS,
  SCHEMA,
} from './testing/bench-input.ts';
import { benchOver } from './testing/bench-over.ts';
import { benchRemembering } from './testing/bench-remembering.ts';
import { benchWaiting } from './testing/bench-waiting.ts';

const filter: FilterNode = {
  ...base,
  kind: 'filter',
  predicate: call(
    'and',
    boolean,
    call('>', boolean, column(1), literal('100', bigint)),
    call('<', boolean, column(2), literal(9, integer)),
  ),
};
const project: ProjectNode = {
  ...base,
  kind: 'project',
  expressions: [
    column(0),
    call('*', bigint, column(1), literal('3', bigint)),
    call('+', integer, column(2), literal(1, integer)),
    call('*', double, column(3), literal(0.908, double)),
    column(4),
  ],
};
const input = batches();

const filtering = await opened(createOperator(filter, [SCHEMA]));
const projecting = await opened(createOperator(project, [SCHEMA]));
const chained: Collector = { ...nothing, emit: (batch) => projecting.process(batch, 0, nothing) };
measure('filter + project, 4 columns', () => {
  for (const batch of input) filtering.process(batch, 0, chained);
  return ROWS * BATCHES;
});

await benchAggregates();
await benchRemembering();
await benchOver();
await benchWaiting();
