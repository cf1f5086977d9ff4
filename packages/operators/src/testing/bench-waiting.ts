import type { RecordBatch } from '@millrace/batch';
import type { ChangelogNormalizeNode, LookupJoinNode, TemporalJoinNode, TemporalSortNode } from '@millrace/plan';
import { LookupTable, lookupConnector } from '@millrace/testing/lookup-table';
import { createOperator } from '../from-plan.ts';
import {
  BATCHES,
  base,
  batches,
  bigint,
  isMeasured,
  KEYS,
  measure,
  nothing,
  opened,
  ROWS,
  SCHEMA,
  string,
} from './bench-input.ts';
import { deleted, timed, unique } from './bench-remembering.ts';

/** Steps whose rows wait for the watermark, upserts that are made full changes, and lookups whose rows may be taken back. */
export async function benchWaiting(): Promise<void> {
  await benchTemporalJoin();
  await benchNormalize();
  await benchTemporalSort();
  await benchGivenRows();
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
  const gone = upserts.map(deleted);
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

async function benchGivenRows(): Promise<void> {
  const name = 'lookup join of rows that are taken back later, answered by the cache';
  if (!isMeasured(name)) return;
  const columns = [
    { name: 'city', type: string },
    { name: 'people', type: bigint },
  ];
  const node: LookupJoinNode = {
    ...base,
    kind: 'lookup-join',
    schema: { fields: [...SCHEMA.fields, ...columns] },
    type: 'left',
    table: 'cities',
    connector: 'lookup',
    options: { table: 'cities' },
    columns,
    keys: [0],
    tableKeys: [0],
    condition: undefined,
    rowKey: [1],
  };
  const rows = Array.from({ length: KEYS }, (_, at) => [`city-${String(at).padStart(4, '0')}`, BigInt(at)]);
  const table = new LookupTable(['city', 'people'], rows);
  table.cache = 'partial';
  table.cacheRowsMax = 2 * KEYS;
  table.keysMax = KEYS;
  const lookup = await opened(
    createOperator(node, [SCHEMA]),
    new Map([['lookup', lookupConnector(new Map([['cities', table]]))]]),
  );
  const input = batches().map((batch, at) => unique(batch, at));
  const gone = input.map(deleted);
  const run = (): number => {
    for (const batch of input) lookup.process(batch, 0, nothing);
    for (const batch of gone) lookup.process(batch, 0, nothing);
    return ROWS * BATCHES * 2;
  };
  // All keys are asked for once, then the cache answers.
  run();
  for (; (lookup.answers?.held ?? 0) > 0; lookup.answers?.release(nothing))
    await lookup.answers?.arrived(AbortSignal.timeout(20_000));
  measure(name, run);
  await lookup.close();
}
