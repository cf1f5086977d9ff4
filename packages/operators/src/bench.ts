/**
 * Million rows per CPU-second of one core: filter + project on four columns, and a tumbling count and sum by a string
 * key. Run it with `npx tsx packages/operators/src/bench.ts`; compare ratios, not figures of different machines.
 */
import { type Column, type RecordBatch, StringColumn } from '@millrace/batch';
import type { Collector, Operator } from '@millrace/contracts';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { Expression, FilterNode, ProjectNode, WindowAggregateNode } from '@millrace/plan';
import { HeapStateBackend } from '@millrace/state';
import { createOperator } from './from-plan.ts';

const ROWS = 4096;
const BATCHES = 16;
const ROUNDS = 5;
const ROUND_MS = 600;
const KEYS = 1000;

const string: DataType = { kind: 'string', nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: true };
const integer: DataType = { kind: 'integer', nullable: true };
const double: DataType = { kind: 'double', nullable: true };
const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: true };
const boolean: DataType = { kind: 'boolean', nullable: true };
const SCHEMA: Schema = {
  fields: [
    { name: 'city', type: string },
    { name: 'amount', type: bigint },
    { name: 'quantity', type: integer },
    { name: 'price', type: double },
    { name: 'ordered_at', type: timestamp },
  ],
};

const column = (index: number): Expression => ({ kind: 'column', index, type: SCHEMA.fields[index]?.type ?? string });
const call = (name: '*' | '+' | '>' | '<' | 'and', type: DataType, ...args: Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type,
});
const literal = (value: string | number, type: DataType): Expression => ({ kind: 'literal', value, type });

const base = { label: 'bench', schema: SCHEMA, input: 'in' as OperatorId, id: 'op' as OperatorId };
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

/** As a decoder hands them over: keys are slices into one buffer, in random order. */
function batches(): RecordBatch[] {
  let state = 12_345;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: BATCHES }, (_, batch) => {
    const text = Array.from({ length: ROWS }, () => `city-${String(random(KEYS)).padStart(4, '0')}`);
    const bytes = new TextEncoder().encode(text.join(''));
    const starts = Int32Array.from(text, (_city, row) => row * 9);
    const numbers = (below: number) => Float64Array.from(text, () => random(below));
    const columns: Column[] = [
      StringColumn.fromUtf8(
        bytes,
        starts,
        starts.map((start) => start + 9),
        ROWS,
        undefined,
      ),
      { kind: 'int64', values: numbers(1000), wide: undefined, nulls: undefined },
      { kind: 'int32', values: Int32Array.from(numbers(10)), nulls: undefined },
      { kind: 'float64', values: numbers(1e6), nulls: undefined },
      { kind: 'float64', values: Float64Array.from(text, (_city, row) => batch * 4_000 + row), nulls: undefined },
    ];
    return { schema: SCHEMA, rows: ROWS, columns, selection: undefined };
  });
}

async function opened(operator: Operator): Promise<Operator> {
  const keyGroups = { first: 0, last: 127 };
  const scope = { operator: base.id, subtask: 0, keyGroups, maxParallelism: 128, descriptors: operator.state };
  const read = () => Promise.reject(new Error('nothing to restore'));
  const state = await new HeapStateBackend().open(scope, [], { read });
  const metrics = { count: () => {}, gauge: () => {}, scoped: () => metrics };
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  operator.open({ subtask: 0, parallelism: 1, keyGroups, maxParallelism: 128, state, metrics, clock });
  return operator;
}

/** Median over the rounds, by CPU time: other processes share the machine. */
function measure(name: string, step: () => number): void {
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const until = performance.now() + ROUND_MS;
    let rows = 0;
    while (performance.now() < until) rows += step();
    const { user, system } = process.cpuUsage(cpu);
    // The first round warms up.
    if (round > 0) rates.push(rows / (user + system));
  }
  rates.sort((a, b) => a - b);
  console.log(`${name}: ${(rates[ROUNDS >> 1] ?? 0).toFixed(1)} M rows per CPU-second`);
}

const input = batches();
const nothing: Collector = { emit: () => {}, emitWatermark: () => {}, emitIdle: () => {} };

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
