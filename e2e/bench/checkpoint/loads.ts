import { type Column, type RecordBatch, StringColumn } from '../../../packages/batch/src/index.ts';
import type { Collector, KeyedState, Operator, StateBackend } from '../../../packages/contracts/src/index.ts';
import type { DataType, OperatorId, Schema } from '../../../packages/model/src/index.ts';
import { createOperator } from '../../../packages/operators/src/index.ts';
import type { LogicalNode, RowPattern } from '../../../packages/plan/src/index.ts';
import { nothingOutside } from '../../../packages/testing/src/nothing-outside.ts';

export const ROWS_PER_BATCH = 4_096;
const TEXT_BYTES = 60;
const bigint: DataType = { kind: 'bigint', nullable: true };
const string: DataType = { kind: 'string', nullable: true };
const timestamp: DataType = { kind: 'timestamp', precision: 3, nullable: true };
const SCHEMA: Schema = {
  fields: [
    { name: 'key', type: bigint },
    { name: 'amount', type: bigint },
    { name: 'at', type: timestamp },
    { name: 'text', type: string },
  ],
};
const place = { id: 'op' as OperatorId, label: 'bench', input: 'in' as OperatorId };

/** A kind of state, and how many bytes of it a key makes, stored. */
export interface Load {
  readonly name: string;
  readonly bytesPerKey: number;
  readonly node: LogicalNode;
}

const once = (name: string): RowPattern => ({ kind: 'variable', name });

export const LOADS: readonly Load[] = [
  {
    name: 'groups: count and sum by key',
    bytesPerKey: 44,
    node: {
      ...place,
      kind: 'group-aggregate',
      schema: { fields: SCHEMA.fields.slice(0, 3) },
      keys: [0],
      insertOnly: true,
      calls: [
        { name: 'count', arg: undefined, filter: undefined, type: bigint },
        { name: 'sum', arg: { kind: 'column', index: 1, type: bigint }, filter: undefined, type: bigint },
      ],
    },
  },
  {
    name: 'rows: the last one by key',
    bytesPerKey: 120,
    node: { ...place, kind: 'deduplicate', schema: SCHEMA, keys: [0], time: 2, keep: 'last' },
  },
  {
    name: 'frames: sum over the last 5 rows by key',
    bytesPerKey: 135,
    node: {
      ...place,
      kind: 'over-aggregate',
      schema: { fields: [...SCHEMA.fields, { name: 'total', type: bigint }] },
      partition: [0],
      time: 'processing',
      frame: { kind: 'rows', preceding: 4 },
      calls: [{ name: 'sum', arg: { kind: 'column', index: 1, type: bigint }, filter: undefined, type: bigint }],
    },
  },
  {
    name: 'patterns: up to 5 rows by key that are not decided',
    bytesPerKey: 300,
    node: {
      ...place,
      kind: 'match',
      schema: { fields: SCHEMA.fields.slice(0, 2) },
      partition: [0],
      time: 'processing',
      order: [],
      pattern: {
        kind: 'sequence',
        parts: [once('A'), { kind: 'repeat', part: once('B'), min: 4, max: 4, greedy: true }, once('C')],
      },
      definitions: {},
      measures: [
        {
          terms: [
            {
              variable: 'A',
              take: { kind: 'last', offset: 0, expression: { kind: 'column', index: 1, type: bigint } },
              type: bigint,
            },
          ],
          expression: { kind: 'column', index: 0, type: bigint },
        },
      ],
      afterMatch: { kind: 'past-last-row' },
      withinMs: undefined,
    },
  },
];

export interface OpenLoad {
  readonly operator: Operator;
  readonly state: KeyedState;
  /** Processes one batch over keys that are there; how many. */
  take(): number;
}

/** The operator with so many megabytes of state in it. */
export async function openLoad(
  { node, bytesPerKey }: Load,
  backend: StateBackend,
  megabytes: number,
): Promise<OpenLoad> {
  const keys = Math.ceil((megabytes * 1e6) / bytesPerKey / ROWS_PER_BATCH) * ROWS_PER_BATCH;
  const operator = createOperator(node, [SCHEMA]);
  const keyGroups = { first: 0, last: 127 };
  const scope = { operator: place.id, subtask: 0, keyGroups, maxParallelism: 128, descriptors: operator.state };
  const state = await backend.open(scope, [], { read: () => Promise.reject(new Error('nothing to restore')) });
  const metrics = { count: () => {}, gauge: () => {}, scoped: () => metrics };
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  const parallel = { subtask: 0, parallelism: 1, keyGroups, maxParallelism: 128 };
  operator.open({ ...parallel, state, metrics, clock, outside: nothingOutside });
  const out: Collector = { emit: () => {}, emitWatermark: () => {}, emitIdle: () => {} };
  for (let first = 0; first < keys; first += ROWS_PER_BATCH)
    operator.process(
      batchOf((row) => first + row, 0),
      0,
      out,
    );
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * keys);
  };
  const batches = Array.from({ length: 64 }, () => batchOf(random, 0));
  let at = 0;
  return {
    operator,
    state,
    take() {
      const batch = batches[at++ % batches.length];
      if (batch !== undefined) operator.process(batch, 0, out);
      return 1;
    },
  };
}

function batchOf(keyOf: (row: number) => number, time: number): RecordBatch {
  const numbers = (of: (row: number) => number) => Float64Array.from({ length: ROWS_PER_BATCH }, (_, row) => of(row));
  const starts = Int32Array.from({ length: ROWS_PER_BATCH }, (_, row) => row * TEXT_BYTES);
  const ends = starts.map((start) => start + TEXT_BYTES);
  const bytes = new Uint8Array(ROWS_PER_BATCH * TEXT_BYTES).fill(97);
  const columns: Column[] = [
    { kind: 'int64', values: numbers(keyOf), wide: undefined, nulls: undefined },
    { kind: 'int64', values: numbers((row) => row), wide: undefined, nulls: undefined },
    { kind: 'float64', values: numbers(() => time), nulls: undefined },
    StringColumn.fromUtf8(bytes, starts, ends, ROWS_PER_BATCH, undefined),
  ];
  return { schema: SCHEMA, rows: ROWS_PER_BATCH, columns, selection: undefined };
}
