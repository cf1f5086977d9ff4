import { BatchBuilder, keyGroupsOf, type RecordBatch, splitByKeyGroup, withSelection } from '@millrace/batch';
import type { KeyedState, StateDescriptor, StateKey, StateScope } from '@millrace/contracts';
import type { CheckpointId, DataType, OperatorId, StateHandle } from '@millrace/model';
import { expect } from 'vitest';
import { MAX_PARALLELISM, show } from './keyed-counts.ts';
import type { StateBackendSubject } from './state-backend.ts';

const KEY_TYPES: readonly DataType[] = [
  { kind: 'string', nullable: true },
  { kind: 'bigint', nullable: true },
];
const DESCRIPTORS: readonly StateDescriptor[] = [
  { kind: 'values', name: 'rows', keyTypes: KEY_TYPES },
  { kind: 'timers', name: 'wake' },
];
const SCHEMA = { fields: KEY_TYPES.map((type, at) => ({ name: `key ${at}`, type })) };

/** Texts that would run together without their lengths, NULL beside its name, integers beyond doubles. */
function keysBatch(): RecordBatch {
  const builder = new BatchBuilder(SCHEMA);
  for (let row = 0; row < 200; row++) {
    builder.append([row % 7 === 0 ? null : `k${row % 50};n`, row % 5 === 0 ? null : 2n ** 60n + BigInt(row % 11)]);
  }
  return builder.finish();
}

/** One list per key that grows in place, one timer per key and row number modulo 10; rescaled 1 to 3 to 2 to 5. */
export async function rememberedConformance({ backend, storage }: StateBackendSubject): Promise<void> {
  const batch = keysBatch();
  const model = new Map<string, number[]>();
  let states: readonly KeyedState[] = [];
  let checkpoint = 100;
  const openAll = async (parallelism: number, handles: readonly StateHandle[]) => {
    states = await Promise.all(
      Array.from({ length: parallelism }, (_, subtask) => {
        const scope: StateScope = {
          operator: 'remember' as OperatorId,
          subtask,
          keyGroups: keyGroupsOf(subtask, parallelism, MAX_PARALLELISM),
          maxParallelism: MAX_PARALLELISM,
          descriptors: DESCRIPTORS,
        };
        return backend.open(scope, handles, storage.reader);
      }),
    );
  };
  await openAll(1, []);
  for (const [round, parallelism] of [3, 2, 5].entries()) {
    const parts = splitByKeyGroup(batch, [0, 1], MAX_PARALLELISM, states.length);
    for (const [subtask, state] of states.entries()) {
      const part = withSelection(batch, parts[subtask] ?? new Int32Array(0));
      for (const [at, key] of state.values('rows').keysOf(part, [0, 1]).entries()) {
        const row = part.selection?.[at] ?? 0;
        remember(state, key, row + round * 1_000);
        model.set(key, [...(model.get(key) ?? []), row + round * 1_000]);
      }
    }
    const held = contents(states);
    expect(held).toEqual(new Map([...model].map(([key, rows]) => [key, show(rows)])));
    const timers = timersOf(states);
    const writer = storage.writer(++checkpoint as CheckpointId, 'checkpoint', 1);
    const writes = states.map((state) => state.freeze());
    for (const state of states) {
      for (const [key] of state.values('rows').entries()) remember(state, key, -1);
    }
    await openAll(parallelism, (await Promise.all(writes.map((write) => write(writer)))).flat());
    expect(contents(states)).toEqual(held);
    expect(timersOf(states)).toBe(timers);
  }
  const fired: number[] = [];
  for (const state of states) {
    const before = fired.length;
    state.timers('wake').fire(4, (time, key) => {
      fired.push(time);
      if (time === 2) state.timers('wake').set(3.5, key);
      state.timers('wake').delete(9, key);
    });
    const here = fired.slice(before);
    expect(here).toEqual([...here].sort((a, b) => a - b));
    expect(state.timers('wake').earliest ?? 5).toBeGreaterThan(4);
  }
  expect(fired.filter((time) => time === 3.5)).toHaveLength(fired.filter((time) => time === 2).length);
}

function remember(state: KeyedState, key: StateKey, row: number): void {
  const rows = state.values('rows').get(key);
  if (Array.isArray(rows)) rows.push(row);
  else state.values('rows').set(key, [row]);
  state.timers('wake').set(Math.abs(row) % 10, key);
}

function contents(states: readonly KeyedState[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const state of states) {
    for (const [key, value] of state.values('rows').entries()) {
      if (found.has(key)) throw new Error(`key ${JSON.stringify(key)} is held twice`);
      found.set(key, show(value));
    }
  }
  return found;
}

function timersOf(states: readonly KeyedState[]): string {
  const sizes = states.reduce((sum, state) => sum + state.timers('wake').size, 0);
  return `${sizes} from ${Math.min(...states.map((state) => state.timers('wake').earliest ?? Number.POSITIVE_INFINITY))}`;
}
