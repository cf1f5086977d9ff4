import { CHANGE, type RecordBatch } from '@millrace/batch';
import type { ChangelogNormalizeNode, TemporalJoinNode, TemporalSortNode } from '@millrace/plan';
import { createOperator } from '../from-plan.ts';
import { BATCHES, base, batches, KEYS, measure, nothing, opened, ROWS, SCHEMA } from './bench-input.ts';
import { timed, unique } from './bench-remembering.ts';

/** Steps whose rows wait for the watermark, and upserts that are made full changes. */
export async function benchWaiting(): Promise<void> {
  await benchTemporalJoin();
  await benchNormalize();
  await benchTemporalSort();
}

async function benchTemporalJoin(): Promise<void> {
  const node: TemporalJoinNode = {
    ...base,
    kind: 'temporal-join',
    schema: { fields: [...SCHEMA.fields, ...SCHEMA.fields] },
    left: base.input,
    right: base.input,
    leftKeys: [0],
    rightKeys: [0],
    condition: undefined,
    type: 'left',
    leftTime: 4,
    rightTime: 4,
  };
  const join = await opened(createOperator(node, [SCHEMA, SCHEMA]));
  measure(
    `temporal join of ${KEYS} keys, as many versions as rows`,
    timed((batch) => {
      join.process(batch, 0, nothing);
      join.process(batch, 1, nothing);
      return 2;
    }, join),
  );
}

async function benchNormalize(): Promise<void> {
  const node: ChangelogNormalizeNode = { ...base, kind: 'changelog-normalize', keys: [1] };
  const normalize = await opened(createOperator(node, [SCHEMA]));
  const upserts = batches().map((batch, at) => unique(batch, at));
  const updates = upserts.map((batch, at): RecordBatch => {
    const other = upserts[(at + 1) % BATCHES] ?? batch;
    return {
      ...batch,
      columns: batch.columns.map((key, index) => (index === 1 ? key : (other.columns[index] ?? key))),
    };
  });
  const gone = upserts.map((batch) => ({ ...batch, changes: new Uint8Array(ROWS).fill(CHANGE.delete) }));
  measure('changelog of 65,536 BIGINT keys, each inserted, updated and deleted', () => {
    for (const batch of upserts) normalize.process(batch, 0, nothing);
    for (const batch of updates) normalize.process(batch, 0, nothing);
    for (const batch of gone) normalize.process(batch, 0, nothing);
    return ROWS * BATCHES * 3;
  });
}

async function benchTemporalSort(): Promise<void> {
  const order = [{ column: 1, descending: false, nullsLast: false }];
  const node: TemporalSortNode = { ...base, kind: 'temporal-sort', timeColumn: 4, order };
  const sort = await opened(createOperator(node, [SCHEMA]));
  measure(
    'ORDER BY event time and a BIGINT',
    timed((batch) => {
      sort.process(batch, 0, nothing);
      return 1;
    }, sort),
  );
}
