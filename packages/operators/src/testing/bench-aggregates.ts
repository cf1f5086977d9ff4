import type { GroupAggregateNode, WindowAggregateNode } from '@millrace/plan';
import { createOperator } from '../from-plan.ts';
import {
  BATCHES,
  base,
  batches,
  bigint,
  column,
  KEYS,
  measure,
  nothing,
  opened,
  ROWS,
  SCHEMA,
  string,
  timestamp,
} from './bench-input.ts';

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

const sessions: WindowAggregateNode = { ...aggregate, window: { kind: 'session', gapMs: 10_000 } };
const groups: GroupAggregateNode = {
  ...base,
  kind: 'group-aggregate',
  schema: { fields: aggregate.schema.fields.slice(0, 3) },
  keys: [0],
  calls: aggregate.calls,
};
const extremes: GroupAggregateNode = {
  ...groups,
  calls: [
    { name: 'min', arg: column(1), filter: undefined, type: bigint },
    { name: 'max', arg: column(1), filter: undefined, type: bigint },
  ],
};
const distinct: GroupAggregateNode = {
  ...groups,
  schema: { fields: groups.schema.fields.slice(0, 2) },
  calls: [{ name: 'count', arg: column(1), filter: undefined, distinct: true, type: bigint }],
};

export async function benchAggregates(): Promise<void> {
  await measureWindows(`tumbling count and sum by a string key, ${KEYS} keys`, aggregate);
  await measureWindows('the same by sessions', sessions);
  await measureGroups('the same without a window, INSERTs only', { ...groups, insertOnly: true });
  await measureGroups('the same, rows may be taken back', groups);
  await measureGroups('min and max without a window, INSERTs only', { ...extremes, insertOnly: true });
  await measureGroups('the same, rows may be taken back', extremes);
  await measureGroups('count distinct of 1000 values, INSERTs only', { ...distinct, insertOnly: true });
}

async function measureWindows(name: string, node: WindowAggregateNode): Promise<void> {
  const operator = await opened(createOperator(node, [SCHEMA]));
  const input = batches();
  let turn = 0;
  measure(name, () => {
    turn++;
    for (const batch of input) {
      const time = batch.columns[4];
      if (time?.kind !== 'float64') continue;
      operator.process(batch, 0, nothing);
      for (let row = 0; row < ROWS; row++) time.values[row] = (time.values[row] ?? 0) + BATCHES * 4_000;
    }
    operator.onWatermark(turn * BATCHES * 4_000, nothing);
    return ROWS * BATCHES;
  });
}

async function measureGroups(name: string, node: GroupAggregateNode): Promise<void> {
  const operator = await opened(createOperator(node, [SCHEMA]));
  const input = batches();
  measure(name, () => {
    for (const batch of input) operator.process(batch, 0, nothing);
    return ROWS * BATCHES;
  });
}
