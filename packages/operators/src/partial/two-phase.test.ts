import type { RecordBatch } from '@millrace/batch';
import { MAX_WATERMARK } from '@millrace/contracts';
import type { OperatorId, Schema } from '@millrace/model';
import {
  type AggregateCall,
  type GroupAggregateNode,
  partialTypes,
  singlePhaseReason,
  splitAggregates,
  type WindowAggregateNode,
} from '@millrace/plan';
import { OperatorHarness } from '@millrace/testing/operator-harness';
import { SeededRandom } from '@millrace/testing/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeableOf, retractableOf } from '../aggregate/of-call.ts';
import { createOperator } from '../from-plan.ts';
import { bigint, CALLS, call, INPUT, rows, string, timestamp } from '../testing/aggregate-input.ts';
import {
  Accumulated,
  batchOf,
  type Changed,
  inserts,
  RandomChanges,
  type Row,
  seedsOf,
  sorted,
} from '../testing/changelog.ts';
import { specs } from '../testing/windows.ts';

type Aggregate = WindowAggregateNode | GroupAggregateNode;
const INPUT_ID = 'input' as OperatorId;
const place = { id: 'whole' as OperatorId, label: 'agg', input: INPUT_ID };
const TIMES = ['window_start', 'window_end', 'window_time'].map((name) => ({ name, type: timestamp }));
/** The column of doubles: sums depend on the order they are added in, but those of whole numbers do not. */
const DOUBLE = 7;

function fieldsOf(keys: readonly number[], calls: readonly AggregateCall[]): Schema['fields'] {
  return [
    ...keys.map((key) => INPUT.fields[key] ?? { name: '?', type: string }),
    ...calls.map(({ type }, at) => ({ name: `a${at}`, type })),
  ];
}

function phasesOf(node: Aggregate): readonly [local: Aggregate, global: Aggregate] {
  const source = { kind: 'source', label: 's', table: 't', connector: 'c', options: {}, schema: INPUT } as const;
  const [, local, global] = splitAggregates({ nodes: [{ ...source, id: INPUT_ID }, node] }).nodes as Aggregate[];
  if (local === undefined || global === undefined) throw new Error('not split');
  return [local, global];
}

/** Two local subtasks in front of one global one, next to the whole; locals keep what they hold as long as `flushes` says. */
class Rig {
  readonly whole: OperatorHarness;
  readonly global: OperatorHarness;
  readonly #locals: readonly OperatorHarness[];
  readonly #schema: Schema;
  readonly #read: number[] = [0, 0];
  readonly #watermarks = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  #passed = Number.NEGATIVE_INFINITY;

  private constructor(
    whole: OperatorHarness,
    global: OperatorHarness,
    locals: readonly OperatorHarness[],
    schema: Schema,
  ) {
    this.whole = whole;
    this.global = global;
    this.#locals = locals;
    this.#schema = schema;
  }

  static async open(node: Aggregate): Promise<Rig> {
    const [local, global] = phasesOf(node);
    const open = (create: () => ReturnType<typeof createOperator>, restore: boolean) =>
      OperatorHarness.open({ create, restoreAfterEachCall: restore });
    return new Rig(
      await open(() => createOperator(node, [INPUT]), false),
      await open(() => createOperator(global, [local.schema]), true),
      [await open(() => createOperator(local, [INPUT]), false), await open(() => createOperator(local, [INPUT]), true)],
      local.schema,
    );
  }

  async process(batch: RecordBatch, subtask: number): Promise<void> {
    await this.whole.process(batch);
    await this.#locals[subtask]?.process(batch);
    await this.#drain(subtask);
  }

  async watermark(at: number): Promise<void> {
    for (const [subtask, local] of this.#locals.entries()) {
      await local.watermark(at);
      await this.#drain(subtask);
    }
    await this.whole.watermark(at);
  }

  async flush(): Promise<void> {
    for (const [subtask, local] of this.#locals.entries()) {
      await local.call((operator, out) => operator.flush(out));
      await this.#drain(subtask);
    }
  }

  /** As an exchange would: rows and watermarks in their order, the watermark of both. */
  async #drain(subtask: number): Promise<void> {
    const { output } = this.#locals[subtask] ?? this.whole;
    const items = output.slice(this.#read[subtask]);
    this.#read[subtask] = output.length;
    for (const item of items) {
      if (item.kind === 'row') await this.global.process(batchOf(this.#schema, inserts([item.row])));
      if (item.kind !== 'watermark') continue;
      this.#watermarks[subtask] = item.timestamp;
      const least = Math.min(...this.#watermarks);
      if (least <= this.#passed) continue;
      this.#passed = least;
      await this.global.watermark(least);
    }
  }
}

const isSplittable = (insertOnly: boolean) => (one: AggregateCall) => partialTypes(one, insertOnly) !== undefined;
const whole = (row: Row): Row => row.with(DOUBLE, typeof row[DOUBLE] === 'number' ? Math.trunc(row[DOUBLE]) : null);
/** In these the last digits depend on the order. */
const isExact = ({ name }: AggregateCall) => !name.startsWith('stddev') && !name.startsWith('var');

describe('an aggregate in two phases', () => {
  it.each(seedsOf('windows in two phases', 12))(
    'gives the windows of the whole, late rows counted (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const calls = CALLS.filter(isSplittable(true)).filter(isExact);
      const keys = random.pick([[], [0], [0, 1], [3]]);
      const [window] = fc.sample(specs, { seed, numRuns: 1 });
      if (window === undefined) throw new Error('no window');
      const schema = { fields: [...fieldsOf(keys, calls), ...TIMES] };
      const rig = await Rig.open({ ...place, kind: 'window-aggregate', schema, keys, timeColumn: 2, window, calls });
      for (const [at, list] of fc
        .sample(fc.array(rows, { minLength: 1, maxLength: 9 }), { seed, numRuns: 14 })
        .entries()) {
        await rig.process(batchOf(INPUT, inserts(list.map(whole))), random.integer(2));
        // A row is late for the whole and its half alike only when both know the same watermark.
        if (at % 4 === 3) {
          await rig.flush();
          await rig.watermark(at * 20 - 100);
          await rig.flush();
        }
      }
      await rig.watermark(MAX_WATERMARK);
      expect(sorted(rig.global.rows)).toEqual(sorted(rig.whole.rows));
      expect(rig.global.watermarks.at(-1)).toBe(MAX_WATERMARK);
    },
  );

  it.each(seedsOf('groups in two phases', 12))(
    'gives the groups of the whole, rows taken back too (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const insertOnly = seed % 2 === 0;
      const calls = CALLS.filter(isSplittable(insertOnly)).filter(isExact);
      const keys = random.pick([[], [0], [0, 1], [3]]);
      const more = insertOnly ? { insertOnly: true as const } : {};
      const schema = { fields: fieldsOf(keys, calls) };
      const rig = await Rig.open({ ...place, kind: 'group-aggregate', schema, keys, calls, ...more });
      const made = fc.sample(rows, { seed, numRuns: 120 }).map(whole);
      // Who gives a row takes it back: each subtask has its own.
      const feeds = [0, 1].map(() => new RandomChanges(random, () => random.pick(made), insertOnly ? 1 : 0.6));
      for (let at = 0; at < 25; at++) {
        const subtask = random.integer(2);
        const changes: readonly Changed[] = feeds[subtask]?.next(1 + random.integer(8)) ?? [];
        await rig.process(batchOf(INPUT, changes), subtask);
        if (random.integer(3) === 0) await rig.flush();
      }
      await rig.watermark(MAX_WATERMARK);
      const after = (harness: OperatorHarness) => new Accumulated().add(harness.output).sorted;
      expect(after(rig.global)).toEqual(after(rig.whole));
    },
  );

  it('sends rows on as they are once keys hardly repeat, and adds up again later', async () => {
    const node: GroupAggregateNode = {
      ...place,
      kind: 'group-aggregate',
      schema: { fields: fieldsOf([3], [call('count', undefined, bigint)]) },
      keys: [3],
      calls: [call('count', undefined, bigint)],
      insertOnly: true,
    };
    const [local] = phasesOf(node);
    const harness = await OperatorHarness.open({
      create: () => createOperator(local, [INPUT]),
      restoreAfterEachCall: false,
    });
    const unique = (from: number) =>
      batchOf(
        INPUT,
        inserts(
          Array.from(
            { length: 20_000 },
            (_, n): Row => [null, null, 1, BigInt(from + n), null, null, null, null, null],
          ),
        ),
      );
    await harness.process(unique(0));
    expect(harness.rows).toHaveLength(0);
    await harness.call((operator, out) => operator.flush(out));
    expect(harness.rows).toHaveLength(20_000);
    await harness.process(unique(20_000));
    expect(harness.rows).toHaveLength(40_000);
    expect(new Set(harness.rows.map(([key]) => key)).size).toBe(40_000);
  });

  it('travels in exactly the accumulators that the whole keeps', () => {
    const kindOf = {
      double: 'float64',
      integer: 'int32',
      decimal: 'object',
      string: 'object',
      bytes: 'object',
    } as const;
    for (const insertOnly of [true, false]) {
      for (const one of CALLS.filter(isSplittable(insertOnly))) {
        const { kinds } = insertOnly ? mergeableOf(one) : retractableOf(one);
        const types = partialTypes(one, insertOnly) ?? [];
        expect(
          types.map(({ kind }) => kindOf[kind as keyof typeof kindOf]),
          one.name,
        ).toEqual(kinds);
        expect(kinds, 'a savepoint of one serves the other').toEqual(mergeableOf(one).kinds);
      }
    }
  });

  it('says why it stays in one', () => {
    const window = { kind: 'tumble', sizeMs: 10, offsetMs: 0 } as const;
    const node = { ...place, kind: 'window-aggregate', schema: INPUT, keys: [0], timeColumn: 2, window } as const;
    const reason = (calls: readonly AggregateCall[], more: object = {}) =>
      singlePhaseReason({ ...node, calls, ...more } as Aggregate);
    expect(reason([call('count', undefined, bigint)])).toBeUndefined();
    expect(reason([call('count', 3, bigint, { distinct: true })])).toBe('COUNT(DISTINCT) needs every value');
    expect(reason([], { window: { kind: 'session', gapMs: 1 } })).toMatch(/where a session ends/);
    expect(reason([], { timeColumn: 'processing' })).toMatch(/time of a row/);
    expect(reason([call('max', 3, bigint)], { kind: 'group-aggregate' })).toBe(
      'MAX needs every value, to take it back',
    );
    expect(reason([], { kind: 'group-aggregate', stateTtlMs: 5 })).toMatch(/forgotten/);
  });
});
