import { MAX_WATERMARK } from '@millrace/contracts';
import type { DataType, OperatorId, Schema } from '@millrace/model';
import type {
  AfterMatch,
  AggregateCall,
  Expression,
  MatchExpression,
  MatchNode,
  MatchTerm,
  RowPattern,
} from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { matchesOf } from '../testing/backtracking-match.ts';
import { batchOf, inserts, type Row, seedsOf } from '../testing/changelog.ts';
import { call, cast, col, decimal, lit, T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 't', type: T.timestamp },
    { name: 'v', type: T.bigint },
    { name: 'd', type: decimal(20, 2) },
  ],
};
const V = col(2, T.bigint);
const PAST_LAST: AfterMatch = { kind: 'past-last-row' };

const one = (name: string): RowPattern => ({ kind: 'variable', name });
const sequence = (...parts: RowPattern[]): RowPattern => ({ kind: 'sequence', parts });
const either = (...parts: RowPattern[]): RowPattern => ({ kind: 'alternation', parts });
const repeat = (part: RowPattern, min: number, max: number | undefined, greedy = true): RowPattern => ({
  kind: 'repeat',
  part,
  min,
  max,
  greedy,
});
const big = (value: number) => lit(String(value), T.bigint);

function term(variable: string, kind: 'first' | 'last', offset = 0): MatchTerm {
  return { variable, take: { kind, offset, expression: V }, type: T.bigint };
}

function aggregate(
  variable: string,
  name: AggregateCall['name'],
  arg: Expression | undefined,
  type: DataType,
): MatchTerm {
  return { variable, take: { kind: 'aggregate', call: { name, arg, filter: undefined, type } }, type };
}

/** A condition as the plan says it, and as the test computes it from the rows of the match so far, the current one last. */
interface Condition {
  readonly definition: MatchExpression;
  readonly holds: (rows: readonly Row[], names: readonly string[], self: string) => boolean;
}

const integerOf = (row: Row | undefined) => (typeof row?.[2] === 'bigint' ? row[2] : undefined);
const exceeds = (a: bigint | undefined, b: bigint | undefined) => a !== undefined && b !== undefined && a > b;
const boundTo = (rows: readonly Row[], names: readonly string[], name: string) =>
  rows.filter((_, at) => names[at] === name);

function conditions(self: string): readonly Condition[] {
  const above = (limit: number): Condition => ({
    definition: { terms: [term(self, 'last')], expression: call('>', T.boolean, col(0, T.bigint), big(limit)) },
    holds: (rows) => exceeds(integerOf(rows.at(-1)), BigInt(limit)),
  });
  const below: Condition = {
    definition: { terms: [term('*', 'last')], expression: call('<', T.boolean, col(0, T.bigint), big(3)) },
    holds: (rows) => exceeds(3n, integerOf(rows.at(-1))),
  };
  /** Greater than the row of the same variable before it. */
  const rising: Condition = {
    definition: {
      terms: [term(self, 'last'), term(self, 'last', 1)],
      expression: call(
        'or',
        T.boolean,
        call('is-null', T.boolean, col(1, T.bigint)),
        call('>', T.boolean, col(0, T.bigint), col(1, T.bigint)),
      ),
    },
    holds: (rows, names) => {
      const before = integerOf(boundTo(rows, names, self).at(-2));
      return before === undefined || exceeds(integerOf(rows.at(-1)), before);
    },
  };
  const sumOfA: Condition = {
    definition: {
      terms: [aggregate('A', 'sum', V, T.bigint), aggregate('A', 'count', undefined, T.bigint)],
      expression: call(
        'and',
        T.boolean,
        call('<', T.boolean, col(0, T.bigint), big(8)),
        call('<', T.boolean, col(1, T.bigint), big(4)),
      ),
    },
    holds: (rows, names) => {
      const all = boundTo(rows, names, 'A');
      const values = all.flatMap((row) => integerOf(row) ?? []);
      return values.length > 0 && values.reduce((sum, value) => sum + value, 0n) < 8n && all.length < 4;
    },
  };
  return [above(0), above(2), below, rising, sumOfA];
}

const MEASURES: readonly MatchExpression[] = [
  { terms: [term('A', 'first')], expression: col(0, T.bigint) },
  {
    terms: [{ variable: '*', take: { kind: 'last', offset: 0, expression: col(1, T.timestamp) }, type: T.timestamp }],
    expression: col(0, T.timestamp),
  },
  {
    terms: [aggregate('*', 'count', undefined, T.bigint)],
    expression: col(0, T.bigint),
  },
  {
    terms: [aggregate('B', 'sum', col(3, decimal(20, 2)), decimal(38, 2))],
    expression: col(0, decimal(38, 2)),
  },
  {
    terms: [aggregate('A', 'max', call('+', T.bigint, V, big(1)), T.bigint), term('C', 'last', 1)],
    expression: call('coalesce', T.bigint, col(1, T.bigint), col(0, T.bigint)),
  },
];

function measured(rows: readonly Row[], names: readonly string[]): Row {
  const decimals = boundTo(rows, names, 'B').flatMap((row) =>
    typeof row[3] === 'string' ? BigInt(row[3].replace('.', '')) : [],
  );
  const sum = decimals.reduce((total, value) => total + value, 0n);
  const text = `${sum < 0n ? '-' : ''}${String(sum < 0n ? -sum : sum).padStart(3, '0')}`.replace(/(\d\d)$/, '.$1');
  const greatest = boundTo(rows, names, 'A')
    .flatMap((row) => integerOf(row) ?? [])
    .reduce<bigint | undefined>((best, value) => (best === undefined || value > best ? value : best), undefined);
  const lastButOneC = boundTo(rows, names, 'C').at(-2)?.[2] ?? null;
  return [
    boundTo(rows, names, 'A')[0]?.[2] ?? null,
    rows.at(-1)?.[1] ?? null,
    BigInt(rows.length),
    decimals.length === 0 ? null : text,
    lastButOneC ?? (greatest === undefined ? null : greatest + 1n),
  ];
}

function nodeOf(options: Partial<MatchNode>): MatchNode {
  const id = 'match' as OperatorId;
  const fields = [
    { name: 'k', type: T.string },
    ...[T.bigint, T.timestamp, T.bigint, decimal(38, 2), T.bigint].map((type, at) => ({ name: `m${at}`, type })),
  ];
  const common = { kind: 'match', id, label: 'm', input: id, schema: { fields } } as const;
  const matching = {
    pattern: one('A'),
    definitions: {},
    measures: MEASURES,
    afterMatch: PAST_LAST,
    withinMs: undefined,
  };
  return { ...common, partition: [0], time: 1, order: [], ...matching, ...options };
}

function randomPattern(random: SeededRandom, depth: number): RowPattern {
  const kind = depth === 0 ? 0 : random.integer(5);
  const part = () => randomPattern(random, depth - 1);
  if (kind === 1 || kind === 2) return sequence(part(), part());
  if (kind === 3) return either(part(), part());
  if (kind === 4) {
    const [min, max] = random.pick([
      [0, 1],
      [0, undefined],
      [1, undefined],
      [2, 3],
      [0, 2],
      [2, undefined],
    ] as const);
    return repeat(part(), min, max, random.next() < 0.6);
  }
  return one(random.pick(['A', 'B', 'C']));
}

const opened = (node: MatchNode, random: SeededRandom, restoreAfterEachCall = random.next() < 0.5) =>
  OperatorHarness.open({
    create: () => createOperator(node, [INPUT]),
    restoreAfterEachCall,
    random: () => random.next(),
  });

interface RandomMatch {
  readonly node: MatchNode;
  /** By variable. */
  readonly chosen: Readonly<Record<string, Condition | undefined>>;
}

function randomMatch(random: SeededRandom, time: MatchNode['time']): RandomMatch {
  const chosen = Object.fromEntries(
    ['A', 'B', 'C'].map((name) => [name, random.next() < 0.2 ? undefined : random.pick(conditions(name))]),
  );
  const definitions = Object.fromEntries(
    Object.entries(chosen).flatMap(([name, condition]) =>
      condition === undefined ? [] : [[name, condition.definition] as const],
    ),
  );
  const tail = random.next() < 0.5 ? [one('C')] : [];
  const pattern = sequence(one(random.pick(['A', 'B'])), randomPattern(random, 3), ...tail);
  const after = random.pick<AfterMatch>([PAST_LAST, { kind: 'to-next-row' }, { kind: 'to-last', variable: 'C' }]);
  const afterMatch = after.kind === 'to-last' && tail.length === 0 ? PAST_LAST : after;
  const [withinMs] = random.pick([[undefined], [4], [9]]);
  const order = random.next() < 0.5 ? [{ column: 2, descending: true, nullsLast: false }] : [];
  return { node: nodeOf({ pattern, definitions, afterMatch, withinMs, order, time }), chosen };
}

const randomRow = (random: SeededRandom, time: number): Row => [
  random.pick(['a', 'b']),
  time,
  random.pick([null, 0n, 1n, 2n, 3n, 4n, 2n ** 61n]),
  random.pick(['0.25', '-1.50', null]),
];

/** What the rows of all partitions, each with its time, give by the meaning of the pattern. */
function expectMatches(
  harness: OperatorHarness,
  { node, chosen }: RandomMatch,
  kept: readonly { readonly row: Row; readonly time: number }[],
): void {
  const rank = ({ row }: { readonly row: Row }) =>
    node.order.length === 0 ? 0 : row[2] === null ? 1e30 : Number(row[2]);
  for (const key of ['a', 'b']) {
    const ordered = kept.filter(({ row }) => row[0] === key).sort((a, b) => a.time - b.time || rank(b) - rank(a));
    const rows = ordered.map(({ row }) => row);
    const defined = (start: number, names: readonly string[]) => {
      const last = start + names.length - 1;
      const span = (ordered[last]?.time ?? 0) - (ordered[start]?.time ?? 0);
      const self = names.at(-1) ?? '';
      return (
        span < (node.withinMs ?? Infinity) && (chosen[self]?.holds(rows.slice(start, last + 1), names, self) ?? true)
      );
    };
    const expected = matchesOf(rows.length, node.pattern, defined, node.afterMatch).map(({ start, names }) => [
      key,
      ...measured(rows.slice(start, start + names.length), names),
    ]);
    expect(harness.rows.filter((row) => row[0] === key)).toStrictEqual(expected);
  }
}

describe('MATCH_RECOGNIZE', () => {
  // The first seed once found an empty repetition that changed what is preferred.
  for (const seed of [332_447, ...seedsOf('match.test', 100)]) {
    it(`finds what a backtracking matcher finds in the whole (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const match = randomMatch(random, 1);
      const harness = await opened(match.node, random);
      const kept: { readonly row: Row; readonly time: number }[] = [];
      let watermark = 0;
      let late = 0;
      await harness.watermark(0);
      for (let step = 0; step < 8; step++) {
        const rows = Array.from({ length: 1 + random.integer(7) }, () =>
          randomRow(random, watermark - 1 + random.integer(9)),
        );
        const timed = rows.map((row) => ({ row, time: Number(row[1]) }));
        const inTime = timed.filter(({ time }) => time > watermark);
        late += rows.length - inTime.length;
        kept.push(...inTime);
        await harness.process(batchOf(INPUT, inserts(rows)));
        if (random.next() < 0.7) {
          watermark += random.integer(8);
          await harness.watermark(watermark);
        }
      }
      await harness.watermark(MAX_WATERMARK);
      expectMatches(harness, match, kept);
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(late);
    });
  }

  for (const seed of seedsOf('match.test by processing time', 60)) {
    it(`by processing time finds the same in rows as they come, whatever clock and watermark do (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const match = randomMatch(random, 'processing');
      const harness = await opened(match.node, random);
      const kept: { readonly row: Row; readonly time: number }[] = [];
      let latest = 0;
      for (let step = 0; step < 12; step++) {
        harness.now += random.integer(6) - 1;
        latest = Math.max(latest, harness.now);
        const rows = Array.from({ length: 1 + random.integer(5) }, () => randomRow(random, random.integer(100)));
        kept.push(...rows.map((row) => ({ row, time: latest })));
        await harness.process(batchOf(INPUT, inserts(rows)));
        if (random.next() < 0.4) await harness.processingTime([]);
        if (random.next() < 0.3) await harness.watermark(random.integer(2_000_000));
      }
      await harness.watermark(MAX_WATERMARK);
      expectMatches(harness, match, kept);
      expect(harness.counts.get('late_records_dropped_total') ?? 0).toBe(0);
    });
  }

  const upThenDown = {
    pattern: sequence(one('A'), repeat(one('B'), 1, undefined), one('C')),
    definitions: {
      B: { terms: [term('B', 'last')], expression: call('>', T.boolean, col(0, T.bigint), big(5)) },
      C: { terms: [term('C', 'last')], expression: call('<=', T.boolean, col(0, T.bigint), big(5)) },
    },
  };
  const rowsAt = (...values: readonly (readonly [number, bigint])[]) =>
    batchOf(INPUT, inserts(values.map(([t, v]) => ['a', t, v, null])));

  it('rows of a long partition that come in any order are read in theirs, and those that stay behind a long match are not lost', async () => {
    const random = new SeededRandom(8);
    const times = Array.from({ length: 400 }, (_, at) => at + 1);
    const shuffled = times.map((time) => [random.next(), time] as const).sort(([a], [b]) => a - b);
    const pattern = repeat(one('A'), 90, 90);
    const node = nodeOf({ pattern });
    const unpartitioned = { ...node, partition: [], schema: { fields: node.schema.fields.slice(1) } };
    for (const each of [node, unpartitioned]) {
      const end = each.schema.fields.findIndex(({ name }) => name === 'm1');
      const harness = await opened(each, random, true);
      await harness.process(rowsAt(...shuffled.map(([, time]) => [time, 1n] as const)));
      const ends: unknown[] = [];
      for (const watermark of [50, 100, 290, 399, MAX_WATERMARK]) {
        await harness.watermark(watermark);
        ends.push(harness.rows.map((row) => row[end]));
      }
      expect(ends).toStrictEqual([[], [90], [90, 180, 270], [90, 180, 270, 360], [90, 180, 270, 360]]);
    }
  });

  it('tells a match at the watermark that passes its last row, not later', async () => {
    const harness = await opened(nodeOf(upThenDown), new SeededRandom(1));
    await harness.process(rowsAt([10, 1n], [12, 3n], [11, 7n]));
    await harness.watermark(11);
    expect(harness.rows).toStrictEqual([]);
    await harness.watermark(12);
    expect(harness.rows.map((row) => row[2])).toStrictEqual([12]);
  });

  it('waits for the end of a greedy last variable: the row that does not fit, the end of WITHIN, or the end of input', async () => {
    const greedy = { ...upThenDown, pattern: sequence(one('A'), repeat(one('B'), 1, undefined)) };
    for (const end of ['row', 'within', 'input'] as const) {
      const harness = await opened(
        nodeOf({ ...greedy, withinMs: end === 'within' ? 20 : undefined }),
        new SeededRandom(2),
      );
      await harness.process(rowsAt([10, 1n], [11, 7n], [12, 8n]));
      await harness.watermark(28);
      expect(harness.rows).toStrictEqual([]);
      if (end === 'row') await harness.process(rowsAt([29, 0n]));
      await harness.watermark(end === 'input' ? MAX_WATERMARK : 29);
      expect(harness.rows.map((row) => [row[2], row[3]])).toStrictEqual([[12, 3n]]);
    }
  });

  const lazy = {
    ...upThenDown,
    pattern: sequence(one('A'), repeat(one('B'), 1, undefined)),
    withinMs: 100,
    time: 'processing',
  } as const;

  it('by processing time takes rows as they come, and lets go of an attempt when its time is over', async () => {
    const harness = await opened(nodeOf(lazy), new SeededRandom(3));
    await harness.process(rowsAt([50, 1n], [20, 7n]));
    harness.now += 99;
    await harness.processingTime([]);
    expect(harness.rows).toStrictEqual([]);
    harness.now += 1;
    await harness.processingTime([]);
    expect(harness.rows.map((row) => row[3])).toStrictEqual([2n]);
  });

  it('by processing time tells a match at once when no row to come can change it', async () => {
    const harness = await opened(nodeOf({ ...upThenDown, time: 'processing' }), new SeededRandom(3));
    await harness.process(rowsAt([50, 1n], [20, 7n], [90, 2n]));
    expect(harness.rows.map((row) => row[3])).toStrictEqual([3n]);
  });

  it('by processing time takes rows of one millisecond in the order a column gives, when the millisecond is over', async () => {
    const order = [{ column: 2, descending: false, nullsLast: false }];
    const harness = await opened(nodeOf({ ...upThenDown, time: 'processing', order }), new SeededRandom(3));
    await harness.process(rowsAt([1, 7n], [2, 1n]));
    await harness.processingTime([]);
    harness.now += 1;
    await harness.process(rowsAt([3, 3n]));
    expect(harness.rows).toStrictEqual([]);
    harness.now += 1;
    await harness.processingTime([]);
    expect(harness.rows.map((row) => [row[1], row[3]])).toStrictEqual([[1n, 3n]]);
  });

  it('by processing time the end of the input ends what is open: complete matches come out, begun ones do not', async () => {
    for (const order of [[], [{ column: 2, descending: false, nullsLast: false }]]) {
      const harness = await opened(nodeOf({ ...lazy, withinMs: undefined, order }), new SeededRandom(3));
      await harness.process(rowsAt([1, 1n], [2, 7n], [3, 8n]));
      harness.now += 10;
      await harness.process(rowsAt([4, 2n]));
      expect(harness.rows.length).toBe(order.length === 0 ? 1 : 0);
      await harness.process(rowsAt([5, 4n]));
      await harness.watermark(MAX_WATERMARK);
      expect(harness.rows.map((row) => row[3])).toStrictEqual([3n]);
      expect(harness.watermarks).toStrictEqual([MAX_WATERMARK]);
    }
  });

  it('MATCH_PROCTIME() is the clock when the match is told, and never goes back', async () => {
    const clock = call('proctime', { kind: 'timestamp_ltz', precision: 3, nullable: false });
    const measures: readonly MatchExpression[] = [{ terms: [], expression: clock }];
    const fields = [
      { name: 'k', type: T.string },
      { name: 'told', type: clock.type },
    ];
    const node = { ...nodeOf({ ...upThenDown, time: 'processing', measures }), schema: { fields } };
    const harness = await opened(node, new SeededRandom(3));
    harness.now = 5_000;
    await harness.process(rowsAt([1, 1n], [2, 7n]));
    harness.now = 7_000;
    await harness.process(rowsAt([3, 2n]));
    harness.now = 6_000;
    await harness.process(rowsAt([1, 1n], [2, 7n], [3, 2n]));
    expect(harness.rows).toStrictEqual([
      ['a', 7_000],
      ['a', 7_000],
    ]);
  });

  it('passes on no watermark that a match still to come would be behind, when the result has an event time', async () => {
    const greedy = { ...upThenDown, pattern: sequence(one('A'), repeat(one('B'), 1, undefined)), withinMs: 20 };
    const node = nodeOf(greedy);
    const harness = await opened({ ...node, schema: { ...node.schema, eventTime: 2 } }, new SeededRandom(4));
    await harness.process(rowsAt([10, 1n], [11, 7n]));
    await harness.watermark(25);
    await harness.watermark(30);
    expect(
      harness.output.map((item) => (item.kind === 'watermark' ? item.timestamp : item.kind === 'row' && item.row[2])),
    ).toStrictEqual([9, 11, 30]);
  });

  it('an expression that fails for a row no match comes to fails nothing', async () => {
    const inverse = cast(call('/', T.bigint, big(6), col(0, T.bigint)), T.bigint);
    const definitions = {
      A: { terms: [term('A', 'last')], expression: call('<>', T.boolean, col(0, T.bigint), big(0)) },
      B: { terms: [term('B', 'last')], expression: call('>', T.boolean, inverse, big(1)) },
    };
    const node = nodeOf({ pattern: sequence(one('A'), one('B')), definitions });
    const harness = await opened(node, new SeededRandom(5));
    await harness.process(rowsAt([1, 0n], [2, 5n], [3, 2n]));
    await harness.watermark(10);
    expect(harness.rows).toHaveLength(1);
    await harness.process(rowsAt([11, 5n], [12, 0n]));
    await expect(harness.watermark(20)).rejects.toMatchObject({ code: expect.stringContaining('expression.') });
  });

  it('refuses what has no end: patterns without rows, endless skips, ever more ways to read the same rows', async () => {
    expect(() => createOperator(nodeOf({ pattern: repeat(one('A'), 0, undefined) }), [INPUT])).toThrow(/A\+ for A\*/);
    const long = repeat(repeat(one('A'), 500, 500), 500, 500);
    expect(() => createOperator(nodeOf({ pattern: long }), [INPUT])).toThrow(/longer than/);
    const toFirst = await opened(
      nodeOf({ pattern: one('A'), afterMatch: { kind: 'to-first', variable: 'A' } }),
      new SeededRandom(6),
    );
    await toFirst.process(rowsAt([1, 1n]));
    await expect(toFirst.watermark(5)).rejects.toMatchObject({ code: 'match.skip-target' });
    const looksBack = { terms: [term('A', 'first')], expression: call('>', T.boolean, col(0, T.bigint), big(0)) };
    const both = repeat(either(one('A'), one('B')), 1, undefined);
    const many = await opened(
      nodeOf({
        pattern: sequence(one('A'), both, one('C')),
        definitions: { B: looksBack, C: upThenDown.definitions.C },
      }),
      new SeededRandom(7),
    );
    await many.process(rowsAt(...Array.from({ length: 20 }, (_, at) => [at + 1, 9n] as const)));
    await expect(many.watermark(30)).rejects.toMatchObject({ code: 'match.too-many-ways' });
  });
});
