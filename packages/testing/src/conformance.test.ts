import { BatchBuilder, type RecordBatch } from '@millrace/batch';
import type { Log, MetricGroup } from '@millrace/contracts';
import type { ApplicationId, JobId, OperatorId, Schema } from '@millrace/model';
import { askedTable, LOOKUP_KEYS, LOOKUP_ROWS, LOOKUP_SCHEMA, lookupConformance } from './conformance/lookup.ts';
import { sinkConformance } from './conformance/sink.ts';
import { sourceConformance } from './conformance/source.ts';
import { FakeClock } from './fake-clock.ts';
import { ListTable } from './list-source.ts';
import { LookupTable } from './lookup-table.ts';
import { TransactionalStore } from './transactional-store.ts';

const NUMBERS: Schema = { fields: [{ name: 'n', type: { kind: 'integer', nullable: false } }] };
const metrics: MetricGroup = { count: () => {}, gauge: () => {}, scoped: () => metrics };
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const numbers = (from: number, to: number): RecordBatch => {
  const builder = new BatchBuilder(NUMBERS);
  for (let n = from; n < to; n++) builder.append([n]);
  return builder.finish();
};

sourceConformance('the list source', async () => {
  const table = new ListTable();
  for (const split of ['a', 'b', 'c']) table.append(split, [[1], [2], [3], [4], [5], [6], [7], [8], [9]]);
  const clock = new (class extends FakeClock {
    override sleep(): Promise<void> {
      return Promise.resolve();
    }
  })();
  return {
    source: table.source(NUMBERS),
    context: { subtask: 0, clock, metrics, log, owner: 'test / list' },
    rows: 27,
    close: async () => {},
  };
});

sinkConformance('the transactional store', async () => {
  const store = new TransactionalStore();
  return {
    sink: store.sink(),
    context: {
      job: 'job' as JobId,
      application: 'application' as ApplicationId,
      operator: 'sink' as OperatorId,
      subtask: 0,
      attempt: 1,
      guarantee: 'exactly-once',
      clock: new FakeClock(),
      metrics,
      log,
    },
    batch: numbers,
    visible: async () => store.visible.map(([n]) => Number(n)),
    close: async () => {},
  };
});

lookupConformance('the lookup table', async () => {
  const columns = LOOKUP_SCHEMA.fields.map(({ name }) => name);
  return {
    source: askedTable(new LookupTable(columns, LOOKUP_ROWS).source(LOOKUP_SCHEMA, LOOKUP_KEYS)),
    context: { subtask: 0, clock: new FakeClock(), metrics, log, owner: 'test / lookup' },
    close: async () => {},
  };
});
