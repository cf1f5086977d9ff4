import type { AggregateCall, OverAggregateNode } from '@millrace/plan';
import { createOperator } from '../from-plan.ts';
import { base, bigint, column, double, KEYS, measure, nothing, opened, SCHEMA } from './bench-input.ts';
import { timed } from './bench-remembering.ts';

const sum: AggregateCall = { name: 'sum', arg: column(1), filter: undefined, type: bigint };
const count: AggregateCall = { name: 'count', arg: undefined, filter: undefined, type: bigint };
const of = (name: AggregateCall['name']): AggregateCall => ({ name, arg: column(3), filter: undefined, type: double });

/** OVER with frames that slide and frames that only grow. A row has a time of its own, so ten seconds are ten thousand rows. */
export async function benchOver(): Promise<void> {
  const range = (precedingMs: number | 'unbounded') => ({ kind: 'range', precedingMs }) as const;
  const rows = (preceding: number) => ({ kind: 'rows', preceding }) as const;
  await run(`sum over the last 10 rows of ${KEYS} partitions`, { frame: rows(9), calls: [sum] });
  await run(`LAG over ${KEYS} partitions`, { frame: rows(1), calls: [{ ...of('lag'), parameter: 1 }] });
  await run(`sum, min and max of doubles over the last 200 rows of ${KEYS} partitions`, {
    frame: rows(199),
    calls: [of('sum'), of('min'), of('max')],
  });
  await run('count and sum over 10 s of one partition', { partition: [], frame: range(10_000), calls: [count, sum] });
  await run(`count and sum over all rows before, ${KEYS} partitions`, {
    frame: range('unbounded'),
    calls: [count, sum],
  });
  await run(`count of distinct values of all rows before, ${KEYS} partitions`, {
    frame: range('unbounded'),
    calls: [{ ...count, arg: column(1), distinct: true }],
  });
  await run('count and sum over all rows before, by processing time', {
    time: 'processing',
    frame: range('unbounded'),
    calls: [count, sum],
  });
}

async function run(name: string, options: Pick<OverAggregateNode, 'frame' | 'calls'> & Partial<OverAggregateNode>) {
  const fields = [...SCHEMA.fields, ...options.calls.map(({ type }, at) => ({ name: `over${at}`, type }))];
  const node: OverAggregateNode = {
    ...base,
    kind: 'over-aggregate',
    schema: { fields },
    partition: [0],
    time: 4,
    ...options,
  };
  const over = await opened(createOperator(node, [SCHEMA]));
  measure(
    name,
    timed((batch) => {
      over.process(batch, 0, nothing);
      return 1;
    }, over),
  );
}
