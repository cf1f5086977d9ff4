import { type Column, type RecordBatch, StringColumn } from '@millrace/batch';
import type { Collector, ConnectorRegistry, Operator } from '@millrace/contracts';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type { Expression } from '@millrace/plan';
import { HeapStateBackend } from '@millrace/state';
import { nothingOutside } from '@millrace/testing/nothing-outside';

/** What the benchmarks share: orders as a decoder hands them over, operators with real state, and the measuring. */
export const ROWS = 4096;
export const BATCHES = 16;
const ROUNDS = 5;
const ROUND_MS = 600;
export const KEYS = 1000;

export const string: DataType = { kind: 'string', nullable: true };
export const bigint: DataType = { kind: 'bigint', nullable: true };
export const integer: DataType = { kind: 'integer', nullable: true };
export const double: DataType = { kind: 'double', nullable: true };
export const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: true };
export const boolean: DataType = { kind: 'boolean', nullable: true };
export const SCHEMA: Schema = {
  fields: [
    { name: 'city', type: string },
    { name: 'amount', type: bigint },
    { name: 'quantity', type: integer },
    { name: 'price', type: double },
    { name: 'ordered_at', type: timestamp },
  ],
};

export const column = (index: number): Expression => ({
  kind: 'column',
  index,
  type: SCHEMA.fields[index]?.type ?? string,
});
export const call = (name: '*' | '+' | '>' | '<' | 'and', type: DataType, ...args: Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type,
});
export const literal = (value: string | number, type: DataType): Expression => ({ kind: 'literal', value, type });

export const base = { label: 'bench', schema: SCHEMA, input: 'in' as OperatorId, id: 'op' as OperatorId };

/** As a decoder hands them over: keys are slices into one buffer, in random order. */
export function batches(): RecordBatch[] {
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

export async function opened(operator: Operator, connectors: ConnectorRegistry = new Map()): Promise<Operator> {
  const keyGroups = { first: 0, last: 127 };
  const scope = { operator: base.id, subtask: 0, keyGroups, maxParallelism: 128, descriptors: operator.state };
  const read = () => Promise.reject(new Error('nothing to restore'));
  const state = await new HeapStateBackend().open(scope, [], { read });
  const metrics = { count: () => {}, gauge: () => {}, scoped: () => metrics };
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  operator.open({
    subtask: 0,
    parallelism: 1,
    keyGroups,
    maxParallelism: 128,
    state,
    metrics,
    clock,
    outside: { ...nothingOutside, connectors },
  });
  return operator;
}

/** Median over the rounds, by CPU time: other processes share the machine. With a word on the command line only names that have it. */
export function measure(name: string, step: () => number): void {
  if (!isMeasured(name)) return;
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
  console.log(`${name}: ${(rates[ROUNDS >> 1] ?? 0).toFixed(2)} M rows per CPU-second`);
}

export function isMeasured(name: string): boolean {
  return name.includes(process.argv[2] ?? '');
}

export const nothing: Collector = { emit: () => {}, emitWatermark: () => {}, emitIdle: () => {} };
