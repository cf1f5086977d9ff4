import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StateKey, StateValue } from '@millrace/contracts';
import type { OperatorId } from '@millrace/model';
import { SeededRandom } from '@millrace/testing/seeded-random';
import { describe, expect, it } from 'vitest';
import { HeapValuesState } from './heap-values-state.ts';

const KEYS = 60_000;

describe('values written out in slices', () => {
  for (const seed of [1, 2]) {
    it(`are as they were when frozen, in their order, whatever is done meanwhile (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const values = createValues();
      const model = new Map<StateKey, number[]>();
      const keyOf = (at: number) => `${String.fromCharCode(at % 8)}${at};` as StateKey;
      for (let at = 0; at < KEYS; at++) {
        values.set(keyOf(at), [at]);
        model.set(keyOf(at), [at]);
      }
      for (let round = 0; round < 2; round++) {
        const held = inGroups([...model].map(([key, value]) => [key, [...value]]));
        const writing = values.freezeSliced()();
        let isDone = false;
        const done = writing.then(() => {
          isDone = true;
        });
        let turns = 0;
        while (!isDone) {
          for (let step = 0; step < 400; step++) change(values, model, keyOf(random.integer(KEYS * 1.2)), random);
          await nextTurn();
          turns++;
        }
        await done;
        expect(turns, 'the loop had its turn').toBeGreaterThan(1);
        const restored = createValues();
        for (const group of await writing) restored.restore(group);
        expect(inGroups([...restored.entries()])).toEqual(held);
        expect(inGroups([...values.entries()])).toEqual(inGroups([...model]));
      }
    });
  }

  it('a second freeze and a savepoint, taken before the first is written, do not disturb it', async () => {
    const values = createValues();
    const key = 'a1;' as StateKey;
    values.set(key, [1]);
    const first = values.freezeSliced();
    pushTo(values, key, 2);
    const saved = values.freeze();
    pushTo(values, key, 3);
    const second = values.freezeSliced();
    pushTo(values, key, 4);
    const [one, two] = [await first(), await second()];
    expect([one, saved, two].map((groups) => read(groups))).toEqual([[1], [1, 2], [1, 2, 3]]);
  });
});

function createValues(): HeapValuesState {
  const scope = { operator: 'o' as OperatorId, subtask: 0, keyGroups: { first: 0, last: 127 }, maxParallelism: 128 };
  return new HeapValuesState({ kind: 'values', name: 'v', keyTypes: [] }, scope);
}

function change(values: HeapValuesState, model: Map<StateKey, number[]>, key: StateKey, random: SeededRandom): void {
  const dice = random.next();
  if (dice < 0.1) {
    values.delete(key);
    model.delete(key);
  } else if (dice < 0.5 && model.has(key)) {
    const held = values.get(key);
    if (Array.isArray(held)) held.push(7);
    model.get(key)?.push(7);
  } else {
    const value = [random.integer(100)];
    values.set(key, value);
    model.set(key, [...value]);
  }
}

function pushTo(values: HeapValuesState, key: StateKey, value: number): void {
  const held = values.get(key);
  if (Array.isArray(held)) held.push(value);
}

function read(groups: ReturnType<HeapValuesState['freeze']>): StateValue | undefined {
  const restored = createValues();
  for (const group of groups) restored.restore(group);
  return restored.get('a1;' as StateKey);
}

/** Groups in any order, the entries of each in theirs. */
function inGroups(entries: readonly (readonly [StateKey, StateValue])[]): string {
  return JSON.stringify([...entries].sort(([a], [b]) => a.charCodeAt(0) - b.charCodeAt(0)));
}
