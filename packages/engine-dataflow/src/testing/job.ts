import type { DataType, JobId, JobSettings, JobSpec, OperatorId, QueueName, Schema } from '@millrace/model';
import type { LogicalNode, LogicalPlan } from '@millrace/plan';

const string: DataType = { kind: 'string', nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: true };
const time: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: true };

/** id, key, event time. */
export const EVENTS: Schema = {
  fields: [
    { name: 'id', type: bigint },
    { name: 'user', type: string },
    { name: 'at', type: time },
  ],
};

const COUNTS: Schema = {
  fields: [
    { name: 'user', type: string },
    { name: 'n', type: bigint },
    { name: 'window_start', type: time },
    { name: 'window_end', type: time },
    { name: 'window_time', type: time },
  ],
};

export const id = (text: string): OperatorId => text as OperatorId;

const EVENTS_SOURCE: LogicalNode = {
  kind: 'source',
  id: id('events'),
  label: 'events',
  schema: EVENTS,
  table: 'events',
  connector: 'list',
  options: { table: 'events' },
};

/** Every event goes into the store as it is. */
export const COPY: LogicalPlan = {
  nodes: [
    EVENTS_SOURCE,
    {
      kind: 'sink',
      id: id('copy'),
      label: 'copy',
      schema: EVENTS,
      input: id('events'),
      table: 'copy',
      connector: 'store',
      options: { store: 'copy' },
    },
  ],
};

/** Events by user and minute into one store; the events themselves, over a union with a second table, into another. */
export const COUNT: LogicalPlan = {
  nodes: [
    {
      kind: 'source',
      id: id('events'),
      label: 'events',
      schema: EVENTS,
      table: 'events',
      connector: 'list',
      options: { table: 'events' },
    },
    {
      kind: 'watermark',
      id: id('mark'),
      label: 'watermark',
      schema: { ...EVENTS, eventTime: 2 },
      input: id('events'),
      column: 2,
      delayMs: 5_000,
      idleTimeoutMs: 0,
    },
    {
      kind: 'window-aggregate',
      id: id('count'),
      label: 'count',
      schema: COUNTS,
      input: id('mark'),
      keys: [1],
      timeColumn: 2,
      window: { kind: 'tumble', sizeMs: 60_000, offsetMs: 0 },
      calls: [{ name: 'count', arg: undefined, filter: undefined, type: bigint }],
    },
    {
      kind: 'sink',
      id: id('counts'),
      label: 'counts',
      schema: COUNTS,
      input: id('count'),
      table: 'counts',
      connector: 'store',
      options: { store: 'counts' },
    },
    {
      kind: 'filter',
      id: id('copy-filter'),
      label: 'all',
      schema: EVENTS,
      input: id('events'),
      predicate: { kind: 'literal', value: true, type: { kind: 'boolean', nullable: false } },
    },
    {
      kind: 'sink',
      id: id('copy'),
      label: 'copy',
      schema: EVENTS,
      input: id('copy-filter'),
      table: 'copy',
      connector: 'store',
      options: { store: 'copy' },
    },
  ],
};

/** How many events each user has had, and the sum of their ids, as they come: a group whose aggregate is in two phases where it is on two subtasks. */
export const TOTALS: LogicalPlan = {
  nodes: [
    EVENTS_SOURCE,
    {
      kind: 'group-aggregate',
      id: id('totals'),
      label: 'totals',
      schema: {
        fields: [
          { name: 'user', type: string },
          { name: 'n', type: bigint },
          { name: 'ids', type: bigint },
        ],
      },
      input: id('events'),
      keys: [1],
      calls: [
        { name: 'count', arg: undefined, filter: undefined, type: bigint },
        { name: 'sum', arg: { kind: 'column', index: 0, type: bigint }, filter: undefined, type: bigint },
      ],
    },
    {
      kind: 'sink',
      id: id('counts'),
      label: 'counts',
      schema: {
        fields: [
          { name: 'user', type: string },
          { name: 'n', type: bigint },
          { name: 'ids', type: bigint },
        ],
      },
      input: id('totals'),
      table: 'counts',
      connector: 'store',
      options: { store: 'counts' },
    },
  ],
};

/** Two tables through one union into one store. */
export const UNION: LogicalPlan = {
  nodes: [
    {
      kind: 'source',
      id: id('events'),
      label: 'events',
      schema: EVENTS,
      table: 'events',
      connector: 'list',
      options: { table: 'events' },
    },
    {
      kind: 'source',
      id: id('more'),
      label: 'more',
      schema: EVENTS,
      table: 'more',
      connector: 'list',
      options: { table: 'more' },
    },
    { kind: 'union', id: id('all'), label: 'all', schema: EVENTS, inputs: [id('events'), id('more')] },
    {
      kind: 'sink',
      id: id('copy'),
      label: 'copy',
      schema: EVENTS,
      input: id('all'),
      table: 'copy',
      connector: 'store',
      options: { store: 'copy' },
    },
  ],
};

export const SETTINGS: JobSettings = {
  engine: 'dataflow',
  guarantee: 'exactly-once',
  parallelism: 2,
  queue: 'root.test' as QueueName,
  containers: { master: { vcores: 1, memoryMb: 256 }, worker: { vcores: 1, memoryMb: 256 } },
  checkpoint: { intervalMs: 100, timeoutMs: 2_000, retainedCount: 2 },
  restart: { attemptsMax: 50, delayMs: 10 },
};

export function jobSpec(settings: JobSettings, plan: LogicalPlan): JobSpec {
  return { id: 'job-1' as JobId, name: 'test', version: 1, settings, plan };
}
