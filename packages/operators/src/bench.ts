/**
 * Million rows per CPU-second of one core: filter + project on four columns, a tumbling count and sum by a string key, then
 * rankings, joins and patterns. Run it with `npx tsx packages/operators/src/bench.ts`; compare ratios, not figures of different machines.
 */
import type { Collector } from '@millrace/contracts';
import type { FilterNode, ProjectNode, WindowAggregateNode } from '@millrace/plan';
import { createOperator } from './from-plan.ts';
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
  KEYS,
  literal,
  measure,
  nothing,
  opened,
  ROWS,
  SCHEMA,
  string,
  timestamp,
} from './testing/bench-input.ts';
import { benchRemembering } from './testing/bench-remembering.ts';

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
const aggregate: WindowAggregateNode = {
  ...base,
  kind: 'window-aggregate',
  schema: {
    fields: ['city', 'n', 'total', 'window_start', 'window_end', 'window_time'].map((name, at) => ({
      name,
      type: [string, bigint, bigint, timestamp, timestamp, timestamp][at] ?? string,
    })),
  },
  keys: [0],
  timeColumn: 4,
  window: { kind: 'tumble', sizeMs: 60_000, offsetMs: 0 },
  calls: [
    { name: 'count', arg: undefined, filter: undefined, type: bigint },
    { name: 'sum', arg: column(1), filter: undefined, type: bigint },
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

const grouping = await opened(createOperator(aggregate, [SCHEMA]));
let turn = 0;
measure(`tumbling count and sum by a string key, ${KEYS} keys`, () => {
  turn++;
  for (const batch of input) {
    const time = batch.columns[4];
    if (time?.kind !== 'float64') continue;
    grouping.process(batch, 0, nothing);
    for (let row = 0; row < ROWS; row++) time.values[row] = (time.values[row] ?? 0) + BATCHES * 4_000;
  }
  grouping.onWatermark(turn * BATCHES * 4_000, nothing);
  return ROWS * BATCHES;
});

await benchRemembering();
