import { CHANGE, type Column, type RecordBatch } from '@millrace/batch';
import type { Operator } from '@millrace/contracts';
import type {
  DeduplicateNode,
  IntervalJoinNode,
  JoinNode,
  MatchNode,
  RankNode,
  RowPattern,
  WindowJoinNode,
} from '@millrace/plan';
import { createOperator } from '../from-plan.ts';
import {
  BATCHES,
  base,
  batches,
  bigint,
  boolean,
  call,
  column,
  double,
  KEYS,
  literal,
  measure,
  nothing,
  opened,
  ROWS,
  SCHEMA,
  string,
} from './bench-input.ts';

/** Steps that remember rows. Each bench leaves the state as it found it, so rounds are alike. */
export async function benchRemembering(): Promise<void> {
  await benchRank();
  await benchJoin();
  await benchIntervalJoin();
  await benchWindowJoin();
  await benchDeduplicate();
  await benchMatch();
}

const pair = { left: base.input, right: base.input, leftKeys: [1], rightKeys: [1], condition: undefined };
const joined = { fields: [...SCHEMA.fields, ...SCHEMA.fields] };

/** BIGINT keys that are all different: `batch * ROWS + row`. */
export function unique(batch: RecordBatch, at: number, fanOut = 1): RecordBatch {
  const values = Float64Array.from({ length: ROWS }, (_, row) => Math.floor((at * ROWS + row) / fanOut));
  const keys: Column = { kind: 'int64', values, wide: undefined, nulls: undefined };
  return { ...batch, columns: batch.columns.map((held, index) => (index === 1 ? keys : held)) };
}

export function deleted(batch: RecordBatch): RecordBatch {
  return { ...batch, changes: new Uint8Array(ROWS).fill(CHANGE.delete) };
}

async function benchRank(): Promise<void> {
  const order = [{ column: 3, descending: true, nullsLast: true }];
  const node: RankNode = { ...base, kind: 'rank', partition: [0], order, from: 1, to: 10, withRank: false };
  const inserting = await opened(createOperator({ ...node, insertOnly: true }, [SCHEMA]));
  const input = batches();
  measure(`top 10 of ${KEYS} partitions, INSERTs only`, () => {
    for (const batch of input) inserting.process(batch, 0, nothing);
    return ROWS * BATCHES;
  });
  const changing = await opened(createOperator(node, [SCHEMA]));
  const gone = input.map(deleted);
  measure(`top 10 of ${KEYS} partitions, every row taken back later`, () => {
    for (const batch of input) changing.process(batch, 0, nothing);
    for (const batch of gone) changing.process(batch, 0, nothing);
    return ROWS * BATCHES * 2;
  });
}

async function benchJoin(): Promise<void> {
  const run = async (name: string, options: Partial<JoinNode>, fanOut: number): Promise<void> => {
    const node: JoinNode = { ...base, kind: 'join', schema: joined, ...pair, type: 'inner', ...options };
    const join = await opened(createOperator(node, [SCHEMA, SCHEMA]));
    const lefts = batches().map((batch, at) => unique(batch, at));
    const rights = batches().map((batch, at) => unique(batch, at, fanOut));
    measure(name, () => {
      for (const batch of lefts) join.process(batch, 0, nothing);
      for (const batch of rights) join.process(batch, 1, nothing);
      for (const batch of rights) join.process(deleted(batch), 1, nothing);
      for (const batch of lefts) join.process(deleted(batch), 0, nothing);
      return ROWS * BATCHES * 4;
    });
  };
  await run('inner join by a BIGINT, one partner each, both sides filled and emptied', {}, 1);
  const condition = call('<', boolean, column(3), { kind: 'column', index: 8, type: double });
  await run('left join, 4 candidates, residual condition on doubles', { type: 'left', condition }, 4);
}

async function benchIntervalJoin(): Promise<void> {
  const times = { leftTime: 4, rightTime: 4, lowerMs: -1000, upperMs: 1000 };
  const node: IntervalJoinNode = { ...base, kind: 'interval-join', schema: joined, ...pair, ...times, type: 'inner' };
  const join = await opened(createOperator(node, [SCHEMA, SCHEMA]));
  measure(
    'interval join by a BIGINT, one partner each',
    timed((batch, at) => {
      const keyed = unique(batch, at);
      join.process(keyed, 0, nothing);
      join.process(keyed, 1, nothing);
      return 2;
    }, join),
  );
}

async function benchWindowJoin(): Promise<void> {
  const ends = { leftKeys: [1, 4], rightKeys: [1, 4], leftWindowEnd: 4, rightWindowEnd: 4 };
  const node: WindowJoinNode = { ...base, kind: 'window-join', schema: joined, ...pair, ...ends, type: 'inner' };
  const join = await opened(createOperator(node, [SCHEMA, SCHEMA]));
  measure(
    'window join by a BIGINT, one partner each',
    timed((batch, at) => {
      const keyed = windowed(unique(batch, at));
      join.process(keyed, 0, nothing);
      join.process(keyed, 1, nothing);
      return 2;
    }, join),
  );
}

/** The event time becomes the end of the window it lies in. */
function windowed(batch: RecordBatch): RecordBatch {
  const times = batch.columns[4];
  if (times?.kind !== 'float64') return batch;
  const values = times.values.map((time) => (Math.floor(time / 1000) + 1) * 1000);
  return { ...batch, columns: [...batch.columns.slice(0, 4), { kind: 'float64', values, nulls: undefined }] };
}

async function benchDeduplicate(): Promise<void> {
  const node: DeduplicateNode = { ...base, kind: 'deduplicate', keys: [1], time: 4, keep: 'last' };
  const deduplicate = await opened(createOperator(node, [SCHEMA]));
  measure(
    'last row by event time of 65,536 BIGINT keys',
    timed((batch, at) => {
      deduplicate.process(unique(batch, at), 0, nothing);
      return 1;
    }, deduplicate),
  );
}

async function benchMatch(): Promise<void> {
  const variable = (name: string): RowPattern => ({ kind: 'variable', name });
  const repeat: RowPattern = { kind: 'repeat', part: variable('B'), min: 1, max: undefined, greedy: true };
  const price = (name: string) =>
    ({ variable: name, take: { kind: 'last', offset: 0, expression: column(3) }, type: double }) as const;
  const compared = (name: string, operator: '<' | '>') => ({
    terms: [price(name)],
    expression: call(operator, boolean, { kind: 'column', index: 0, type: double }, literal(500_000, double)),
  });
  const node: MatchNode = {
    ...base,
    kind: 'match',
    schema: { fields: ['city', 'n'].map((name, at) => ({ name, type: at === 0 ? string : bigint })) },
    partition: [0],
    time: 4,
    order: [],
    pattern: { kind: 'sequence', parts: [variable('A'), repeat, variable('C')] },
    definitions: { A: compared('A', '>'), B: compared('B', '<'), C: compared('C', '>') },
    measures: [
      {
        terms: [
          {
            variable: '*',
            take: { kind: 'aggregate', call: { name: 'count', arg: undefined, filter: undefined, type: bigint } },
            type: bigint,
          },
        ],
        expression: { kind: 'column', index: 0, type: bigint },
      },
    ],
    afterMatch: { kind: 'past-last-row' },
    withinMs: 3_600_000,
  };
  const run = async (name: string, options: Partial<MatchNode>): Promise<void> => {
    const match = await opened(createOperator({ ...node, ...options }, [SCHEMA]));
    measure(
      `${name} over ${KEYS} partitions`,
      timed((batch) => {
        match.process(batch, 0, nothing);
        return 1;
      }, match),
    );
  };
  await run('pattern A B+ C', {});
  await run('pattern A B+ C by processing time', { time: 'processing' });
  const before = { ...price('B'), take: { kind: 'last', offset: 1, expression: column(3) } } as const;
  const rising = {
    terms: [price('B'), { ...price('A'), variable: '*' }, before],
    expression: call(
      '>',
      boolean,
      { kind: 'column', index: 0, type: double },
      { kind: 'column', index: 2, type: double },
    ),
  };
  await run('pattern A B+ C that looks back', { definitions: { ...node.definitions, B: rising } });
}

/** Feeds batches whose times go on from turn to turn, each followed by its watermark. `step` tells how often it used the batch. */
export function timed(step: (batch: RecordBatch, at: number) => number, operator: Operator): () => number {
  const input = batches();
  let turn = 0;
  return () => {
    let rows = 0;
    for (const [at, batch] of input.entries()) {
      const start = (turn * BATCHES + at) * ROWS;
      const times: Column = {
        kind: 'float64',
        values: Float64Array.from({ length: ROWS }, (_, row) => start + row),
        nulls: undefined,
      };
      rows += ROWS * step({ ...batch, columns: [...batch.columns.slice(0, 4), times] }, at);
      operator.onWatermark(start + ROWS - 1, nothing);
    }
    turn++;
    return rows;
  };
}
