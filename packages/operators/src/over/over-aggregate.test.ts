import { BatchBuilder, parseDecimal, type Value } from '@millrace/batch';
import type { OperatorId, Schema } from '@millrace/model';
import type { AggregateCall, OverAggregateNode, OverFrame } from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../from-plan.ts';
import { seedsOf } from '../testing/changelog.ts';
import { decimal, T } from '../testing/evaluate.ts';

const INPUT: Schema = {
  fields: [
    { name: 'k', type: T.string },
    { name: 't', type: T.timestamp },
    { name: 'v', type: T.bigint },
    { name: 'd', type: decimal(30, 2) },
    { name: 'f', type: T.double },
  ],
  eventTime: 1,
};
const column = (index: number) => ({ kind: 'column', index, type: INPUT.fields[index]?.type ?? T.bigint }) as const;
const call = (name: AggregateCall['name'], index: number, more: Partial<AggregateCall> = {}): AggregateCall => ({
  name,
  arg: column(index),
  filter: undefined,
  type: name === 'count' ? { kind: 'bigint', nullable: false } : column(index).type,
  ...more,
});
const CALLS: readonly AggregateCall[] = [
  { name: 'count', arg: undefined, filter: undefined, type: { kind: 'bigint', nullable: false } },
  call('sum', 2),
  call('sum', 3, { type: decimal(38, 2) }),
  call('sum', 4),
  call('min', 3),
  call('max', 2),
  call('first_value', 2),
  call('last_value', 2),
  call('count', 2, { distinct: true }),
  call('sum', 2, { distinct: true, filter: { kind: 'call', name: 'is-not-null', args: [column(3)], type: T.boolean } }),
  call('avg', 2),
  call('sum', 4, { arg: { kind: 'call', name: '+', args: [column(4), column(4)], type: T.double } }),
  call('max', 4),
  call('sum', 4, { distinct: true }),
  call('var_pop', 4),
  call('stddev_samp', 4, { distinct: true }),
  call('listagg', 0, { parameter: '+' }),
  call('array_agg', 2, { type: { kind: 'array', element: T.bigint, nullable: true } }),
  call('approx_count_distinct', 4, { type: T.bigint }),
];

function nodeOf(frame: OverFrame, time: number | 'processing' = 1, calls = CALLS): OverAggregateNode {
  const id = 'over' as OperatorId;
  const fields = [...INPUT.fields, ...calls.map(({ type }, at) => ({ name: `c${at}`, type }))];
  return {
    kind: 'over-aggregate',
    id,
    label: 'over',
    input: id,
    schema: { fields },
    partition: [0],
    time,
    frame,
    calls,
  };
}

interface Row {
  readonly k: string | null;
  readonly t: number;
  readonly v: bigint | null;
  readonly d: string | null;
  readonly f: number | null;
}

/** The results by definition: for each row, over the rows of its frame, from scratch. */
function expected(rows: readonly Row[], frame: OverFrame): Value[][] {
  const ordered = rows.map((row, at) => ({ row, at })).sort((a, b) => a.row.t - b.row.t || a.at - b.at);
  return ordered.map(({ row, at }) => {
    const place = ordered.findIndex((other) => other.at === at);
    const before = ordered
      .slice(0, place + 1)
      .map((other) => other.row)
      .filter((other) => other.k === row.k);
    const peers = ordered.map((other) => other.row).filter((other) => other.k === row.k && other.t <= row.t);
    const within =
      frame.kind === 'rows'
        ? before.slice(frame.preceding === 'unbounded' ? 0 : Math.max(0, before.length - frame.preceding - 1))
        : peers.filter((other) => frame.precedingMs === 'unbounded' || other.t >= row.t - frame.precedingMs);
    return [row.k, row.t, row.v, row.d, row.f, ...resultsOf(within)].map(rounded);
  });
}

function resultsOf(rows: readonly Row[]): Value[] {
  const vs = rows.flatMap(({ v }) => (v === null ? [] : [v]));
  const ds = rows.flatMap(({ d }) => (d === null ? [] : [parseDecimal(d, 2) ?? 0n]));
  const fs = rows.flatMap(({ f }) => (f === null ? [] : [f]));
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const text = (value: bigint | undefined) => (value === undefined ? null : decimalText(value));
  const least = ds.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
  const most = vs.reduce<bigint | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
  const kept = rows.flatMap(({ v, d }) => (v === null || d === null ? [] : [v]));
  return [
    BigInt(rows.length),
    vs.length === 0 ? null : BigInt.asIntN(64, sum(vs)),
    ds.length === 0 ? null : text(sum(ds)),
    fs.length === 0 ? null : fs.reduce((a, b) => a + b, 0),
    text(least),
    most ?? null,
    vs[0] ?? null,
    vs.at(-1) ?? null,
    BigInt(new Set(vs).size),
    kept.length === 0 ? null : BigInt.asIntN(64, sum([...new Set(kept)])),
    vs.length === 0 ? null : sum(vs) / BigInt(vs.length),
    fs.length === 0 ? null : fs.reduce((a, b) => a + 2 * b, 0),
    fs.length === 0 ? null : Math.max(...fs),
    fs.length === 0 ? null : [...new Set(fs)].reduce((a, b) => a + b, 0),
    fs.length === 0 ? null : varianceOf(fs, 0),
    new Set(fs).size < 2 ? null : Math.sqrt(varianceOf([...new Set(fs)], 1)),
    rows.some(({ k }) => k !== null) ? rows.map(({ k }) => k).join('+') : null,
    rows.map(({ v }) => v),
    BigInt(new Set(fs).size),
  ];
}

function varianceOf(values: readonly number[], missing: 0 | 1): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - missing);
}

/** Doubles to the digits that no order of adding up changes. */
function rounded(value: Value): Value {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
}

function decimalText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function batchOf(rows: readonly Row[]) {
  const builder = new BatchBuilder(INPUT);
  for (const { k, t, v, d, f } of rows) builder.append([k, t, v, d, f]);
  return builder.finish();
}

function randomRow(random: SeededRandom, t: number): Row {
  return {
    k: random.pick(['a', 'b', null]),
    t,
    v: random.pick([null, 1n, -5n, 2n ** 53n + 1n, 2n ** 62n, BigInt(random.integer(9))]),
    d: random.pick([null, '0.05', '-99999999999999999999999999.99', `${random.integer(50)}.10`]),
    f: random.pick([null, 0.5, -2, 3]),
  };
}

const FRAMES: readonly OverFrame[] = [
  { kind: 'rows', preceding: 0 },
  { kind: 'rows', preceding: 2 },
  { kind: 'rows', preceding: 'unbounded' },
  { kind: 'range', precedingMs: 0 },
  { kind: 'range', precedingMs: 7 },
  { kind: 'range', precedingMs: 'unbounded' },
];

describe('OVER by event time', () => {
  for (const seed of seedsOf('over-aggregate.test', 3)) {
    const cases = FRAMES.flatMap((frame) =>
      [true, false].map((restoreAfterEachCall) => ({ frame, restoreAfterEachCall })),
    );
    it.each(cases)(
      `gives every row what its frame says, in time order, also when restored after every call: %j (seed ${seed})`,
      async ({ frame, restoreAfterEachCall }) => {
        const random = new SeededRandom(seed);
        const create = () => createOperator(nodeOf(frame), [INPUT]);
        const harness = await OperatorHarness.open({ create, restoreAfterEachCall, random: () => random.next() });
        const taken: Row[] = [];
        for (let step = 0, watermark = 0; step < 6; step++) {
          const rows = Array.from({ length: 12 }, () => randomRow(random, watermark + 1 + random.integer(15)));
          taken.push(...rows);
          await harness.process(batchOf(rows));
          watermark += random.integer(12);
          await harness.watermark(watermark);
        }
        await harness.watermark(Number.MAX_SAFE_INTEGER);
        const found = harness.rows.map((row) => row.map(rounded));
        expect(found.filter(([k]) => k === 'a')).toEqual(expected(taken, frame).filter(([k]) => k === 'a'));
        expect(new Set(found.map(textOf))).toEqual(new Set(expected(taken, frame).map(textOf)));
        expect(found).toHaveLength(taken.length);
        const times = found.map(([, t]) => Number(t));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      },
    );
  }

  it('counts late rows, drops them, and forgets partitions whose frame has passed', async () => {
    const create = () => createOperator(nodeOf({ kind: 'range', precedingMs: 10 }), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    const row = (t: number): Row => ({ k: 'a', t, v: 1n, d: null, f: null });
    await harness.process(batchOf([row(5)]));
    await harness.watermark(8);
    await harness.process(batchOf([row(8), row(9)]));
    await harness.watermark(100);
    await harness.process(batchOf([row(101)]));
    await harness.watermark(200);
    expect(harness.rows.map(([, t, , , , count]) => [t, count])).toEqual([
      [5, 1n],
      [9, 2n],
      [101, 1n],
    ]);
    expect(harness.counts.get('late_records_dropped_total')).toBe(1);
  });

  it('LAG looks back as far as asked and no further', async () => {
    const calls = [call('lag', 2, { parameter: 2 })];
    const create = () => createOperator(nodeOf({ kind: 'rows', preceding: 2 }, 1, calls), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
    await harness.process(
      batchOf([1, 2, 3, 4].map((t) => ({ k: 'a', t, v: t === 2 ? null : BigInt(t), d: null, f: null }))),
    );
    await harness.watermark(10);
    expect(harness.rows.map((row) => row.at(-1))).toEqual([null, null, 1n, null]);
  });
});

it('what a value that has left was does not show in sums and variances of doubles', async () => {
  const calls = [call('sum', 4), call('var_pop', 4), call('avg', 4)];
  const create = () => createOperator(nodeOf({ kind: 'rows', preceding: 1 }, 'processing', calls), [INPUT]);
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall: false });
  const fs = [1e300, 1e284, 0.1, 0.3, Number.POSITIVE_INFINITY, Number.NaN, 2, 4];
  await harness.process(batchOf(fs.map((f): Row => ({ k: 'a', t: 1, v: null, d: null, f }))));
  expect(harness.rows.slice(3, 4).map((row) => row.slice(5))).toEqual([[0.4, expect.closeTo(0.01, 15), 0.2]]);
  expect(harness.rows.slice(4).map((row) => row.slice(5))).toEqual([
    [Number.POSITIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN, Number.NaN],
    [6, 1, 3],
  ]);
});

it.each<OverFrame>([
  { kind: 'rows', preceding: 2_500 },
  { kind: 'range', precedingMs: 1 },
])('a restart does not show, however long the frames are and however many rows share a time: %j', async (frame) => {
  const calls = [call('sum', 4), call('min', 4), call('max', 2), call('first_value', 2), call('last_value', 4)];
  const create = () => createOperator(nodeOf(frame, 1, calls), [INPUT]);
  const random = new SeededRandom(7);
  const rows = Array.from({ length: 20_000 }, (_, at) => randomRow(random, 1 + Math.floor(at / 6_000)));
  const whole = await OperatorHarness.open({ create, restoreAfterEachCall: false });
  await whole.process(batchOf(rows));
  await whole.watermark(100);
  const before = await OperatorHarness.open({ create, restoreAfterEachCall: false });
  await before.process(batchOf(rows.slice(0, 15_000)));
  await before.watermark(2);
  const after = await OperatorHarness.open({ create, restoreAfterEachCall: false }, await before.snapshot(), before);
  await after.process(batchOf(rows.slice(15_000)));
  await after.watermark(100);
  expect([...before.rows, ...after.rows]).toEqual(whole.rows);
});

describe('what OVER remembers', () => {
  const row = (k: string, t: number): Row => ({ k, t, v: 1n, d: null, f: null });
  const storedBytes = async (harness: OperatorHarness) =>
    (await harness.snapshot()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

  it('is given back once the frames of all partitions have passed', async () => {
    const create = () => createOperator(nodeOf({ kind: 'range', precedingMs: 10 }), [INPUT]);
    const harness = await OperatorHarness.open({ create, restoreAfterEachCall: false });
    const partitions = Array.from({ length: 9_000 }, (_, at) => row(`partition ${at}`, 1 + (at % 50)));
    await harness.process(batchOf(partitions));
    const held = await storedBytes(harness);
    await harness.watermark(60);
    await harness.watermark(100);
    expect(harness.rows).toHaveLength(partitions.length);
    expect(await storedBytes(harness)).toBeLessThan(held / 10);
  });

  it.each([
    { kind: 'rows', preceding: 5 },
    { kind: 'range', precedingMs: 'unbounded' },
  ] as const)(
    'is forgotten when nobody touched it for its time to live, but not while a row waits: %j',
    async (frame) => {
      const create = () => createOperator({ ...nodeOf(frame), stateTtlMs: 100 }, [INPUT]);
      const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
      const counts = () => harness.rows.map((values) => values[5]);
      await harness.process(batchOf([row('a', 1)]));
      harness.now += 150;
      await harness.processingTime([]);
      await harness.watermark(1);
      await harness.process(batchOf([row('a', 2)]));
      harness.now += 99;
      await harness.processingTime([]);
      await harness.watermark(2);
      expect(counts()).toEqual([1n, 2n]);
      harness.now += 100;
      await harness.process(batchOf([row('a', 3)]));
      await harness.watermark(3);
      expect(counts()).toEqual([1n, 2n, 1n]);
      const held = await storedBytes(harness);
      harness.now += 100;
      await harness.processingTime([]);
      expect(await storedBytes(harness)).toBeLessThan(held);
      await harness.process(batchOf([row('a', 4)]));
      await harness.watermark(4);
      expect(counts()).toEqual([1n, 2n, 1n, 1n]);
    },
  );
});

it('OVER by processing time answers at once, in order of arrival', async () => {
  const frame: OverFrame = { kind: 'rows', preceding: 1 };
  const create = () => createOperator(nodeOf(frame, 'processing'), [INPUT]);
  const harness = await OperatorHarness.open({ create, restoreAfterEachCall: true });
  const rows = [3, 1, 2].map((t): Row => ({ k: 'a', t, v: BigInt(t), d: null, f: null }));
  await harness.process(batchOf(rows));
  expect(harness.rows.map(([, t, , , , count, sum]) => [t, count, sum])).toEqual([
    [3, 1n, 3n],
    [1, 2n, 4n],
    [2, 2n, 3n],
  ]);
});

function textOf(row: readonly Value[]): string {
  return row.map(String).join('|');
}
