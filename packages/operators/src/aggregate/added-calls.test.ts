import { BatchBuilder, type RecordBatch, type Value } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { Field, OperatorId, StateHandle } from '@millrace/model';
import type { AggregateCall, LogicalNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { CALLS, INPUT } from '../testing/aggregate-input.ts';
import { T } from '../testing/evaluate.ts';

const id = 'aggregate' as OperatorId;
const COUNT: AggregateCall = { name: 'count', arg: undefined, filter: undefined, type: T.bigint };
const ADDED = CALLS.map((call, at) => ({ ...call, meaning: `added-${at}` }));
const KEY = INPUT.fields[0] ?? { name: 'k', type: T.string };
const WINDOW_FIELDS: readonly Field[] = ['window_start', 'window_end', 'window_time'].map((name) => ({
  name,
  type: T.timestamp,
}));

type Make = (calls: readonly AggregateCall[]) => LogicalNode;
const fieldsOf = (calls: readonly AggregateCall[]) => [KEY, ...calls.map(({ type }, at) => ({ name: `a${at}`, type }))];
const NODES: readonly (readonly [string, Make])[] = [
  [
    'groups over INSERTs',
    (calls) => ({
      kind: 'group-aggregate',
      id,
      label: 'a',
      input: id,
      keys: [0],
      insertOnly: true,
      calls,
      schema: { fields: fieldsOf(calls) },
    }),
  ],
  [
    'windows',
    (calls) => ({
      kind: 'window-aggregate',
      id,
      label: 'a',
      input: id,
      keys: [0],
      timeColumn: 2,
      window: { kind: 'hop', slideMs: 10, sizeMs: 20, offsetMs: 0 },
      calls,
      schema: { fields: [...fieldsOf(calls), ...WINDOW_FIELDS] },
    }),
  ],
  [
    'sessions',
    (calls) => ({
      kind: 'window-aggregate',
      id,
      label: 'a',
      input: id,
      keys: [0],
      timeColumn: 2,
      window: { kind: 'session', gapMs: 50 },
      calls,
      schema: { fields: [...fieldsOf(calls), ...WINDOW_FIELDS] },
    }),
  ],
];

/** Rows of two keys; every value is set, so that what is missing shows. */
function batchOf(from: number, count: number): RecordBatch {
  const builder = new BatchBuilder(INPUT);
  for (let at = from; at < from + count; at++)
    builder.append(INPUT.fields.map((field, index) => valueAt(field, index, at)));
  return builder.finish();
}

function valueAt({ type }: Field, index: number, at: number): Value {
  if (index === 0) return type.kind === 'bigint' ? BigInt(at % 2) : `k${at % 2}`;
  if (index === 2) return 100 + at;
  switch (type.kind) {
    case 'bigint':
      return BigInt(at * 7 + 3);
    case 'decimal':
      return `${at}.5`;
    case 'boolean':
      return at % 3 === 0;
    case 'string':
      return `text ${at}`;
    default:
      return at + 1;
  }
}

const open = (
  make: Make,
  calls: readonly AggregateCall[],
  handles: readonly StateHandle[] = [],
  from?: OperatorHarness,
) =>
  OperatorHarness.open(
    { create: () => createOperator(make(calls), [INPUT]), restoreAfterEachCall: false },
    handles,
    ...(from === undefined ? [] : [from]),
  );

describe.each(NODES)('aggregates that are added to %s', (name, make) => {
  it('begin with nothing, while those there were go on', async () => {
    const before = await open(make, [COUNT]);
    await before.process(batchOf(0, 6));
    const after = await open(make, [COUNT, ...ADDED], await before.snapshot(), before);
    await after.process(batchOf(6, 6));
    const [alone, whole] = [await open(make, [COUNT, ...ADDED]), await open(make, [COUNT])];
    await alone.process(batchOf(6, 6));
    await whole.process(batchOf(0, 12));
    // A session that went on began earlier; there is one per key.
    const tail = name === 'windows' ? 3 : 0;
    const last = (harness: OperatorHarness) => lastRows(harness, tail);
    const [found, added, counted] = [await last(after), await last(alone), await last(whole)];
    expect([...found.keys()].sort()).toEqual([...counted.keys()].sort());
    for (const [key, row] of counted) expect(found.get(key)?.[1]).toEqual(row[1]);
    for (const [key, row] of added)
      expect(found.get(key)?.slice(2, 2 + ADDED.length)).toEqual(row.slice(2, 2 + ADDED.length));
  });

  it('are refused in the place of others', async () => {
    const [first, second] = ADDED;
    if (first === undefined || second === undefined) throw new Error('two aggregates are needed');
    const before = await open(make, [COUNT, first]);
    await before.process(batchOf(0, 6));
    const handles = await before.snapshot();
    await expect(open(make, [COUNT, { ...first, meaning: 'another' }], handles, before)).rejects.toThrow(
      'other columns',
    );
    await expect(open(make, [COUNT], handles, before)).rejects.toThrow('other columns');
  });
});

/** By key and window (its bounds are the last `tail` columns), what was given last. */
async function lastRows(harness: OperatorHarness, tail: number): Promise<ReadonlyMap<string, readonly Value[]>> {
  await harness.watermark(MAX_WATERMARK);
  return new Map(harness.rows.map((row) => [[row[0], ...row.slice(row.length - tail, row.length)].join(' '), row]));
}
