import { keyGroupsOf, type Value } from '@millrace/batch';
import type { SnapshotStorage, StateBackend, StateDescriptor } from '@millrace/contracts';
import type { CheckpointId, CheckpointKind, DataType, OperatorId } from '@millrace/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedCounts, MAX_PARALLELISM, ModelCounts } from './keyed-counts.ts';
import { checkpointsConformance } from './many-checkpoints.ts';
import { rowsConformance } from './remembered-rows.ts';
import { rememberedConformance } from './remembered-values.ts';

const string: DataType = { kind: 'string', nullable: true };
const bigint: DataType = { kind: 'bigint', nullable: true };

/** Key types with a generator that likes collisions, NULLs and the edges of each type. */
const KEYS: readonly { readonly types: readonly DataType[]; readonly row: fc.Arbitrary<Value[]> }[] = [
  { types: [string], row: fc.tuple(fc.oneof(fc.constantFrom(null, '', 'a', 'ab', 'é', 'x'.repeat(40)), fc.string())) },
  {
    types: [bigint],
    row: fc.tuple(
      fc.oneof(
        fc.constantFrom(null, 0n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)),
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      ),
    ),
  },
  {
    types: [
      { kind: 'integer', nullable: true },
      { kind: 'boolean', nullable: true },
    ],
    row: fc.tuple(fc.option(fc.integer({ min: -3, max: 300 })), fc.option(fc.boolean())),
  },
  {
    types: [
      { kind: 'double', nullable: true },
      { kind: 'decimal', precision: 30, scale: 2, nullable: false },
    ],
    row: fc.tuple(
      fc.option(fc.constantFrom(0, -0, Number.NaN, 1.5, Number.NEGATIVE_INFINITY)),
      fc.constantFrom('0.00', '12.50', '-0.01', '99999999999999999999.99'),
    ),
  },
  {
    types: [{ kind: 'bytes', nullable: true }, { kind: 'timestamp_ltz', precision: 3, nullable: true }, string],
    row: fc.tuple(
      fc.option(fc.uint8Array({ maxLength: 5 })),
      fc.option(fc.integer({ min: 0, max: 5 })),
      fc.constantFrom('x', 'y'),
    ),
  },
  {
    // Ticks: (6) is narrow until the year 2255, (9) beyond 64 bits from 2262.
    types: [
      { kind: 'timestamp', precision: 6, nullable: true },
      { kind: 'timestamp_ltz', precision: 9, nullable: true },
    ],
    row: fc.tuple(
      fc.constantFrom(null, 0n, -1n, 1_795_479_151_123_456n, 253_402_300_799_999_999n),
      fc.constantFrom(null, -1n, 1n, 1_795_479_151_123_456_789n, 253_402_300_799_999_999_999n),
    ),
  },
  { types: [], row: fc.constant([]) },
];

export interface StateBackendSubject {
  readonly backend: StateBackend;
  readonly storage: SnapshotStorage;
  close(): Promise<void>;
}

/** What every `StateBackend` must keep, whatever storage it writes to. Call at the top level of a test file. */
export function stateBackendConformance(name: string, open: () => Promise<StateBackendSubject>): void {
  describe(`${name} keeps the StateBackend contract`, () => {
    it('lets a passing table take keys of any key group, and leaves nothing of it in a snapshot', async () => {
      const { backend, storage, close } = await open();
      const operator = 'passing' as OperatorId;
      const passing = {
        kind: 'table',
        name: 'p',
        keyTypes: [bigint],
        accumulators: ['float64'],
        passing: true,
      } as const;
      const scope = { operator, subtask: 0, keyGroups: { first: 0, last: 0 }, maxParallelism: MAX_PARALLELISM };
      const state = await backend.open({ ...scope, descriptors: [passing] }, [], storage.reader);
      const values = Float64Array.from({ length: 50 }, (_, at) => at);
      const batch = {
        schema: { fields: [{ name: 'k', type: bigint }] },
        rows: values.length,
        columns: [{ kind: 'int64', values, wide: undefined, nulls: undefined }],
        selection: undefined,
      } as const;
      state.table('p').at(7).slotsOf(batch, [0], new Int32Array(values.length));
      expect(state.table('p').get(7)?.size).toBe(50);
      expect(() => state.freeze()).toThrow(/not flushed/);
      state.table('p').drop(7);
      const write = state.freeze();
      expect(await write(storage.writer(1 as CheckpointId, 'checkpoint', 1))).toEqual([]);
      await close();
    });

    for (const { types, row } of KEYS) {
      const label = types.map((type) => type.kind).join(', ') || 'no columns';
      it(`equals a Map model over snapshots and rescaling, keys: ${label}`, async () => {
        const subject = await open();
        try {
          await fc.assert(
            fc.asyncProperty(stepsOf(row), (steps) => runSteps(subject, types, steps)),
            { numRuns: 40 },
          );
        } finally {
          await subject.close();
        }
      });
    }

    it('a restored table has every key exactly once, 1 to 2 to 3 to 1 subtasks, 120,000 keys', async () => {
      const subject = await open();
      try {
        const counts = new KeyedCounts(subject.backend, subject.storage, [string]);
        const model = new ModelCounts();
        await counts.open(1, []);
        const rows = Array.from({ length: 120_000 }, (_, row) => [`key ${row}`]);
        for (const parallelism of [2, 3, 1]) {
          counts.add(0, rows);
          model.add(0, rows);
          await counts.freeze()();
          counts.add(0, rows.slice(70_000, 75_000));
          model.add(0, rows.slice(70_000, 75_000));
          await counts.open(parallelism, await counts.freeze()());
        }
        expect(sorted(counts.contents())).toBe(sorted(model.contents()));
      } finally {
        await subject.close();
      }
    }, 120_000);

    it('keys released and added again in random order are the ones a Map holds, over a table that grows', async () => {
      const subject = await open();
      try {
        const counts = new KeyedCounts(subject.backend, subject.storage, [string]);
        const model = new ModelCounts();
        await counts.open(1, []);
        for (let round = 0; round < 30; round++) {
          const rows = Array.from({ length: 400 }, (_, row) => [`key ${(row * row * 7 + round * 211) % 1_500}`]);
          for (const held of [counts, model]) held.add(0, rows);
          for (const held of [counts, model]) held.release(0, 1 + (round % 4));
          expect(sorted(counts.contents())).toBe(sorted(model.contents()));
          if (round % 3 === 0) await counts.freeze()();
          if (round % 7 === 3) await counts.open(1, await counts.freeze()());
        }
      } finally {
        await subject.close();
      }
    });

    it('a frozen copy does not see what is processed before it is written', async () => {
      const subject = await open();
      try {
        const counts = new KeyedCounts(subject.backend, subject.storage, [bigint]);
        await counts.open(2, []);
        const rows = Array.from({ length: 1_000 }, (_, row) => [BigInt(row)]);
        counts.add(7, rows);
        const held = counts.contents();
        const write = counts.freeze();
        counts.add(7, rows);
        for (const state of counts.states) {
          for (const object of state.table('counts').at(7).object(2)) if (Array.isArray(object)) object.push('later');
        }
        counts.drop(7);
        counts.add(8, rows);
        await counts.open(1, await write());
        expect(counts.contents()).toEqual(held);
      } finally {
        await subject.close();
      }
    });

    it('refuses stored state that the declared tables do not fit', async () => {
      const subject = await open();
      try {
        const counts = new KeyedCounts(subject.backend, subject.storage, [bigint]);
        await counts.open(1, []);
        counts.add(0, [[1n]]);
        const handles = await counts.freeze()();
        const declared: StateDescriptor = {
          kind: 'table',
          name: 'counts',
          keyTypes: [bigint],
          accumulators: ['float64', 'int32', 'object'],
        };
        const scope = {
          operator: 'o' as OperatorId,
          subtask: 0,
          keyGroups: keyGroupsOf(0, 1, MAX_PARALLELISM),
          maxParallelism: MAX_PARALLELISM,
        };
        const restore = (descriptors: StateDescriptor[], maxParallelism = MAX_PARALLELISM) =>
          subject.backend.open({ ...scope, descriptors, maxParallelism }, handles, subject.storage.reader);
        await expect(restore([{ ...declared, keyTypes: [string] }])).rejects.toMatchObject({
          code: 'state.incompatible',
        });
        await expect(restore([{ ...declared, accumulators: ['int32'] }])).rejects.toMatchObject({
          code: 'state.incompatible',
        });
        await expect(restore([])).rejects.toMatchObject({ code: 'state.incompatible' });
        await expect(restore([declared], 64)).rejects.toMatchObject({ code: 'state.incompatible' });
        const wider = await restore([declared, { ...declared, name: 'added since' }]);
        expect(wider.table('added since').namespaces()).toEqual([]);
        expect(wider.table('counts').at(0).size).toBe(1);
      } finally {
        await subject.close();
      }
    });

    it('remembered values and timers are there exactly once after any rescaling, as they were when frozen', async () => {
      const subject = await open();
      try {
        await rememberedConformance(subject);
      } finally {
        await subject.close();
      }
    });

    for (const seed of [1, 2, 3, 4, 5, 6]) {
      it(`any of many checkpoints of one run restores what was there then (seed ${seed})`, async () => {
        const subject = await open();
        try {
          await checkpointsConformance(subject, seed);
        } finally {
          await subject.close();
        }
      });
    }

    for (const order of ['any', 'given'] as const) {
      for (const seed of [1, 2, 3, 4]) {
        it(`remembered rows in ${order} order are those of lists in a Map, over any rescaling (seed ${seed})`, async () => {
          const subject = await open();
          try {
            await rowsConformance(subject, order, seed);
          } finally {
            await subject.close();
          }
        });
      }
    }

    it("a key of somebody else's key group is refused instead of counted twice after a restart", async () => {
      const subject = await open();
      try {
        const counts = new KeyedCounts(subject.backend, subject.storage, [bigint]);
        await counts.open(2, []);
        const rows = Array.from({ length: 64 }, (_, row) => BigInt(row));
        const [first] = counts.states;
        const batch = {
          schema: { fields: [] },
          rows: rows.length,
          columns: [
            { kind: 'int64' as const, values: Float64Array.from(rows, Number), wide: undefined, nulls: undefined },
          ],
          selection: undefined,
        };
        expect(() => first?.table('counts').at(0).slotsOf(batch, [0], new Int32Array(64))).toThrow(/key group/);
      } finally {
        await subject.close();
      }
    });
  });
}

type Step =
  | { readonly kind: 'add'; readonly namespace: number; readonly rows: Value[][] }
  | { readonly kind: 'drop'; readonly namespace: number }
  | { readonly kind: 'release'; readonly namespace: number; readonly divisor: number }
  | { readonly kind: 'checkpoint'; readonly type: CheckpointKind }
  | { readonly kind: 'rescale'; readonly parallelism: number; readonly from: CheckpointKind };

function stepsOf(row: fc.Arbitrary<Value[]>): fc.Arbitrary<Step[]> {
  const namespace = fc.constantFrom(0, 60_000, -60_000, 1.7e12);
  const add = fc.record({
    kind: fc.constant('add' as const),
    namespace,
    rows: fc.array(row, { minLength: 1, maxLength: 60 }),
  });
  const drop = fc.record({ kind: fc.constant('drop' as const), namespace });
  const type = fc.constantFrom('checkpoint' as const, 'checkpoint' as const, 'savepoint' as const);
  const parallelism = fc.integer({ min: 1, max: 5 });
  const rescale = fc.record({ kind: fc.constant('rescale' as const), parallelism, from: type });
  const checkpoint = fc.record({ kind: fc.constant('checkpoint' as const), type });
  const release = fc.record({ kind: fc.constant('release' as const), namespace, divisor: fc.constantFrom(1, 2) });
  const others = [drop, { weight: 2, arbitrary: release }, { weight: 2, arbitrary: rescale }] as const;
  const taken = { weight: 4, arbitrary: checkpoint } as const;
  return fc.array(fc.oneof({ weight: 5, arbitrary: add }, taken, ...others), { maxLength: 16 });
}

async function runSteps(
  subject: StateBackendSubject,
  types: readonly DataType[],
  steps: readonly Step[],
): Promise<void> {
  const counts = new KeyedCounts(subject.backend, subject.storage, types);
  const model = new ModelCounts();
  await counts.open(2, []);
  for (const step of steps) {
    if (step.kind === 'rescale') await counts.open(step.parallelism, await counts.freeze(step.from)());
    else if (step.kind === 'checkpoint') await counts.freeze(step.type)();
    else if (step.kind === 'drop') for (const held of [counts, model]) held.drop(step.namespace);
    else if (step.kind === 'release') for (const held of [counts, model]) held.release(step.namespace, step.divisor);
    else for (const held of [counts, model]) held.add(step.namespace, step.rows);
    expect(counts.contents()).toEqual(model.contents());
  }
}

/** One long text compares 120,000 entries faster than two maps do. */
function sorted(contents: ReadonlyMap<string, string>): string {
  return [...contents]
    .map((entry) => entry.join('='))
    .sort()
    .join('\n');
}
