import type { DataType, Schema } from '@millrace/model';
import { createOperator } from '@millrace/operators';
import type { LogicalPlan } from '@millrace/plan';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { events, JobHarness } from './testing/harness.ts';
import { EVENTS, id } from './testing/job.ts';

const SIZE_MS = 50;
const time: DataType = { kind: 'timestamp_ltz', precision: 3, nullable: false };
const bigint: DataType = { kind: 'bigint', nullable: false };
const bounds = ['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: time }));
const user = EVENTS.fields[1] ?? { name: 'user', type: bigint };

/** Events by user and window of the clock, the windows told before the exchange and grouped behind it. */
const BY_CLOCK: LogicalPlan = {
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
      kind: 'window-assign',
      id: id('assign'),
      label: 'assign',
      schema: { fields: [...EVENTS.fields, ...bounds], eventTime: 5 },
      input: id('events'),
      timeColumn: 'processing',
      window: { kind: 'tumble', sizeMs: SIZE_MS, offsetMs: 0 },
    },
    {
      kind: 'window-aggregate',
      id: id('count'),
      label: 'count',
      schema: counted(),
      input: id('assign'),
      keys: [1, 3],
      timeColumn: 5,
      window: { kind: 'attached' },
      calls: [{ name: 'count', arg: undefined, filter: undefined, type: bigint }],
    },
    {
      kind: 'sink',
      id: id('counts'),
      label: 'counts',
      schema: counted(),
      input: id('count'),
      table: 'counts',
      connector: 'store',
      options: { store: 'counts' },
    },
  ],
};

function counted(): Schema {
  return { fields: [user, { name: 'started', type: time }, { name: 'n', type: bigint }, ...bounds], eventTime: 5 };
}

let job = new JobHarness(createOperator);
beforeEach(() => {
  job = new JobHarness(createOperator);
});
afterEach(() => job.close());

it('windows by the clock are complete behind an exchange, and over while the input goes on, also when the job fails in between', async () => {
  job.events.boundedness = 'unbounded';
  let failures = 0;
  job.events.onRow = (split, position) => {
    if (split === 's1' && position === 130 && failures++ === 0) throw new Error('once');
  };
  job.events.append('s0', []);
  job.events.append('s1', []);
  job.start(BY_CLOCK, undefined);
  for (let round = 0; round < 20; round++) {
    job.events.append(`s${round % 2}`, events(round * 20, 20));
    const until = job.clock.now() + 30;
    await job.until('time passes', () => job.clock.now() >= until);
  }
  const rowsOf = () => job.counts.visible.reduce((sum, row) => sum + Number(row[2]), 0);
  await job.until('every row is counted', () => rowsOf() === 400);
  expect(failures).toBeGreaterThan(0);
  const groups = job.counts.visible.map(([name, start, , , end]) => `${name} ${start} ${end}`);
  expect(new Set(groups).size).toBe(groups.length);
  for (const [, start, , , end] of job.counts.visible) expect(Number(end) - Number(start)).toBe(SIZE_MS);
});
