import { BatchBuilder } from '@millrace/batch';
import type { MetricGroup, SourceBatch, SourceReader } from '@millrace/contracts';
import type { OperatorId, Schema, SplitId } from '@millrace/model';
import type { SourceNode } from '@millrace/plan';
import { FakeClock } from '@millrace/testing/fake-clock';
import { SILENT_LOG } from '@millrace/testing/memory-cluster';
import { expect, it } from 'vitest';
import { OperatorChain } from './operator-chain.ts';
import { SourceDriver } from './source-driver.ts';
import { TaskMetrics } from './task-metrics.ts';

const SCHEMA: Schema = { fields: [{ name: 'n', type: { kind: 'integer', nullable: true } }] };
const NODE: SourceNode = {
  kind: 'source',
  id: 'source' as OperatorId,
  label: 't',
  schema: SCHEMA,
  table: 't',
  connector: 'given',
  options: {},
};
const NOTHING: SourceBatch = { batch: undefined, rejected: [], finishedSplits: [], bytes: 0 };
const onward: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => onward };

/** Gives what it was given, one after the other. */
class GivenReader implements SourceReader {
  readonly #batches: SourceBatch[];

  constructor(batches: readonly SourceBatch[]) {
    this.#batches = [...batches];
  }

  addSplits(): void {}
  async poll(): Promise<SourceBatch> {
    return this.#batches.shift() ?? NOTHING;
  }
  snapshot() {
    return [];
  }
  progress() {
    return [];
  }
  async onCheckpointComplete(): Promise<void> {}
  async close(): Promise<void> {}
}

it('records that a source left out are records read, told apart, and no reason to wait', async () => {
  const builder = new BatchBuilder(SCHEMA);
  for (const value of [1, 2, 3]) builder.append([value]);
  const batch = { ...builder.finish(), runs: [{ split: 'a' as SplitId, from: 0, to: 3 }] };
  const clock = new FakeClock();
  const metrics = new TaskMetrics(onward, clock);
  const reader = new GivenReader([{ ...NOTHING, batch, leftOut: 7 }, { ...NOTHING, leftOut: 5 }, NOTHING]);
  const chain = new OperatorChain([NODE], [], [], [], metrics);
  const driver = new SourceDriver({
    node: NODE,
    reader,
    source: { boundedness: 'unbounded' },
    chain,
    metrics,
    clock,
    log: SILENT_LOG,
  });
  const signal = AbortSignal.timeout(5_000);
  expect([await driver.poll(0, signal), await driver.poll(0, signal), await driver.poll(0, signal)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(metrics.report()).toMatchObject({ records_in_total: 15, records_filtered_at_source_total: 12 });
});

it('a record that cannot be read ends a job that has no place for it, unless its table says that it may be passed over', async () => {
  const rejected = (mayBeIgnored: boolean) => ({
    split: 'a' as SplitId,
    position: 'partition 0, offset 1',
    errorCode: 'json.malformed',
    error: 'not a JSON object',
    key: undefined,
    value: undefined,
    ...(mayBeIgnored ? { mayBeIgnored: true as const } : {}),
  });
  const clock = new FakeClock();
  const metrics = new TaskMetrics(onward, clock);
  const many = Array.from({ length: 300 }, () => rejected(true));
  const reader = new GivenReader([
    { ...NOTHING, rejected: many },
    { ...NOTHING, rejected: [rejected(true), rejected(false)] },
  ]);
  const driver = new SourceDriver({
    node: NODE,
    reader,
    source: { boundedness: 'unbounded', rejectionBudget: { maxRate: 0.1, intervalMs: 60_000 } },
    chain: new OperatorChain([NODE], [], [], [], metrics),
    metrics,
    clock,
    log: SILENT_LOG,
  });
  const signal = AbortSignal.timeout(5_000);
  expect(await driver.poll(0, signal)).toBe(true);
  expect(metrics.report()).toMatchObject({ records_rejected_total: 300 });
  await expect(driver.poll(0, signal)).rejects.toMatchObject({ code: 'source.record-undecodable' });
});
