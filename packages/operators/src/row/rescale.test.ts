import { hashRows, keyGroupOf, type RecordBatch, rowNumbers, withSelection } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import { distributionsOf, joinFields, type LogicalNode } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { Accumulated, batchOf, inserts, type Row, seedsOf } from '../testing/changelog.ts';
import { col, T } from '../testing/evaluate.ts';

const SCHEMA: Schema = {
  fields: [
    { name: 'k', type: T.bigint },
    { name: 't', type: T.timestamp },
    { name: 'end', type: T.timestamp },
  ],
};
const GROUPS = 8;
const id = 'op' as OperatorId;
const common = { id, label: 'op', input: id, left: id, right: id };
const joined = {
  ...common,
  schema: { fields: joinFields(SCHEMA.fields, SCHEMA.fields, 'full') },
  type: 'full',
} as const;
const keys = { leftKeys: [0], rightKeys: [0], condition: undefined };
const byTime = [{ column: 1, descending: true, nullsLast: true }];
const alone = { ...common, schema: SCHEMA };

const NODES: readonly LogicalNode[] = [
  { ...joined, ...keys, kind: 'join' },
  { ...joined, ...keys, kind: 'interval-join', leftTime: 1, rightTime: 1, lowerMs: -5, upperMs: 5 },
  {
    ...joined,
    kind: 'window-join',
    leftKeys: [0, 2],
    rightKeys: [0, 2],
    condition: undefined,
    leftWindowEnd: 2,
    rightWindowEnd: 2,
  },
  { ...joined, ...keys, type: 'left', kind: 'temporal-join', leftTime: 1, rightTime: 1 },
  { ...alone, kind: 'rank', partition: [0], order: byTime, from: 1, to: 2, withRank: false },
  { ...alone, kind: 'rank', partition: [0, 2], order: byTime, from: 1, to: 2, withRank: false, windowEnd: 2 },
  ...([3, 'unbounded'] as const).map((preceding): LogicalNode => {
    const schema = { fields: [...SCHEMA.fields, { name: 'n', type: T.bigint }, { name: 'latest', type: T.timestamp }] };
    const calls = [
      { name: 'count', arg: undefined, filter: undefined, type: T.bigint },
      { name: 'max', arg: col(2, T.timestamp), filter: undefined, type: T.timestamp },
    ] as const;
    const over = { partition: [0], time: 1, frame: { kind: 'rows', preceding }, calls } as const;
    return { ...common, ...over, schema, kind: 'over-aggregate' };
  }),
  { ...alone, kind: 'changelog-normalize', keys: [0] },
  { ...alone, kind: 'deduplicate', keys: [0], time: 1, keep: 'last' },
  {
    ...common,
    kind: 'match',
    schema: {
      fields: [
        { name: 'k', type: T.bigint },
        { name: 't', type: T.timestamp },
      ],
    },
    partition: [0],
    time: 1,
    order: [],
    pattern: { kind: 'repeat', part: { kind: 'variable', name: 'A' }, min: 2, max: 3, greedy: true },
    definitions: {},
    measures: [
      {
        terms: [
          { variable: 'A', take: { kind: 'last', offset: 0, expression: col(1, T.timestamp) }, type: T.timestamp },
        ],
        expression: col(0, T.timestamp),
      },
    ],
    afterMatch: { kind: 'past-last-row' },
    withinMs: 12,
  },
];

/** The rows of a batch whose key group lies in the range, as the exchange routes them. */
function routed(batch: RecordBatch, keyColumns: readonly number[], first: number, last: number): RecordBatch {
  const hashes = new Int32Array(batch.rows);
  hashRows(batch, keyColumns, hashes);
  const isOwn = (row: number) => {
    const group = keyGroupOf(hashes[row] ?? 0, GROUPS);
    return group >= first && group <= last;
  };
  return withSelection(batch, rowNumbers(batch.rows).slice().filter(isOwn));
}

describe('a step that remembers rows', () => {
  for (const seed of seedsOf('rescale.test', 4)) {
    for (const node of NODES) {
      it(`${node.kind}: two subtasks that continue where one stopped give what one gives (seed ${seed})`, async () => {
        const random = new SeededRandom(seed);
        const distributions = distributionsOf(node);
        const create = () =>
          createOperator(
            node,
            distributions.map(() => SCHEMA),
          );
        const plain = { create, restoreAfterEachCall: false, maxParallelism: GROUPS };
        const [whole, before] = [await OperatorHarness.open(plain), await OperatorHarness.open(plain)];
        const rowsFrom = (time: number): RecordBatch => {
          const rows = Array.from({ length: 25 }, (): Row => {
            const at = time + 1 + random.integer(15);
            return [BigInt(random.integer(9)), at, Math.ceil((at + 1) / 10) * 10];
          });
          return batchOf(SCHEMA, inserts(rows));
        };
        for (const input of distributions.keys()) {
          const batch = rowsFrom(0);
          for (const harness of [whole, before]) await harness.process(batch, input);
        }
        for (const harness of [whole, before]) await harness.watermark(8);
        const handles = await before.snapshot();
        const ranges = [
          { first: 0, last: 2 },
          { first: 3, last: GROUPS - 1 },
        ];
        const halves = await Promise.all(
          ranges.map((keyGroups) => OperatorHarness.open({ ...plain, keyGroups }, handles, before)),
        );
        for (const time of [8, 14]) {
          for (const [input, distribution] of distributions.entries()) {
            const batch = rowsFrom(time);
            const keyColumns = distribution.kind === 'key' ? distribution.keyColumns : [];
            await whole.process(batch, input);
            for (const [at, { first, last }] of ranges.entries())
              await halves[at]?.process(routed(batch, keyColumns, first, last), input);
          }
          for (const harness of [whole, ...halves]) await harness.watermark(time === 14 ? MAX_WATERMARK : 14);
        }
        const found = new Accumulated();
        for (const { output } of [before, ...halves]) found.addAll(output);
        expect(found.sorted).toStrictEqual(new Accumulated().addAll(whole.output).sorted);
        expect(found.sorted.length).toBeGreaterThan(0);
      });
    }
  }
});
