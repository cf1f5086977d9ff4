import { keyGroupsOf } from '@millrace/batch';
import type { SnapshotWriter, StateDescriptor, StateScope } from '@millrace/contracts';
import type { DataType, OperatorId, StateHandle } from '@millrace/model';
import { expect } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import { KeyedCounts, MAX_PARALLELISM, ModelCounts } from './keyed-counts.ts';
import type { StateBackendSubject } from './state-backend.ts';

const bigint: DataType = { kind: 'bigint', nullable: true };
const ROUNDS = 60;

/**
 * One run with many checkpoints, between which keys are added, changed in known slots, released and whole namespaces dropped. Some checkpoints are frozen while the one
 * before is still being written, some are never written, some fail. Every one that was written restores what was there when it was frozen, at any
 * parallelism, also after everything that later ones do not name is gone.
 */
export async function checkpointsConformance({ backend, storage }: StateBackendSubject, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const counts = new KeyedCounts(backend, storage, [bigint]);
  const model = new ModelCounts();
  await counts.open(2, []);
  const taken: { readonly handles: readonly StateHandle[]; readonly held: ReadonlyMap<string, string> }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    change(random, counts, model);
    const write = counts.freeze(random.next() < 0.15 ? 'savepoint' : 'checkpoint');
    const held = model.contents();
    const fate = random.next();
    if (fate < 0.1) continue;
    if (fate < 0.3) {
      // Frozen while the one before is on its way.
      const writing = write();
      change(random, counts, model);
      const heldThen = model.contents();
      const writeNext = counts.freeze();
      taken.push({ handles: await writing, held }, { handles: await writeNext(), held: heldThen });
    } else {
      change(random, counts, model);
      taken.push({ handles: await write(), held });
    }
    if (random.next() < 0.1) await failing(counts);
  }
  const restored = new KeyedCounts(backend, storage, [bigint]);
  for (const { handles, held } of taken) {
    await restored.open(1 + random.integer(4), handles);
    expect(restored.contents()).toEqual(held);
    const tables = restored.states.map((state) => state.table('counts'));
    const slots = tables.flatMap((table) => table.namespaces().map((namespace) => table.get(namespace)?.size ?? 0));
    expect(
      slots.reduce((sum, size) => sum + size, 0),
      'released keys are gone',
    ).toBe(held.size);
  }
  const longest = Math.max(...taken.map(({ handles }) => handles.length));
  expect(longest, 'checkpoints built on each other').toBeGreaterThan(4);
  await expectRefusal({ backend, storage }, taken.find(({ handles }) => handles.length === longest)?.handles ?? []);
}

function change(random: SeededRandom, counts: KeyedCounts, model: ModelCounts): void {
  for (let step = random.integer(4); step > 0; step--) {
    const namespace = random.integer(3);
    const first = random.integer(400);
    const rows = Array.from({ length: random.integer(80) }, () => [BigInt(first + random.integer(60))]);
    const dice = random.next();
    for (const held of [counts, model]) {
      if (dice < 0.08) held.drop(namespace);
      else if (dice < 0.25) held.release(namespace, 1 + (first % 3));
      else if (dice < 0.4) held.double(namespace, 2 + (first % 3));
      else held.add(namespace, rows);
    }
  }
}

/** The storage takes nothing: the checkpoint fails, and the next one does not build upon it. Where nothing changed nothing has to be written. */
async function failing(counts: KeyedCounts): Promise<void> {
  const storage: SnapshotWriter = { write: () => Promise.reject(new Error('no space left')) };
  for (const state of counts.states) {
    const outcome = await state
      .freeze()(storage)
      .catch((error: unknown) => error);
    if (Array.isArray(outcome)) expect(outcome.every(({ shared }: StateHandle) => shared === true)).toBe(true);
    else expect(outcome).toMatchObject({ message: 'no space left' });
  }
}

/** A checkpoint of which a file in the middle is not named is refused, not restored in part. */
async function expectRefusal(
  { backend, storage }: Omit<StateBackendSubject, 'close'>,
  handles: readonly StateHandle[],
): Promise<void> {
  const descriptors: readonly StateDescriptor[] = [
    { kind: 'table', name: 'counts', keyTypes: [bigint], accumulators: ['float64', 'int32', 'object'] },
  ];
  const scope: StateScope = {
    operator: 'count/by key' as OperatorId,
    subtask: 0,
    keyGroups: keyGroupsOf(0, 1, MAX_PARALLELISM),
    maxParallelism: MAX_PARALLELISM,
    descriptors,
  };
  for (const gone of handles.filter(({ shared }) => shared === true)) {
    const left = handles.filter((handle) => handle !== gone && handle.keyGroups.first === gone.keyGroups.first);
    await expect(backend.open(scope, left, storage.reader)).rejects.toMatchObject({ code: 'state.corrupt' });
  }
}
