import { keyGroupsOf } from '@millrace/batch';
import type { Split } from '@millrace/contracts';
import type { CompletedCheckpoint, OperatorId, SplitId, StateHandle } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { assignSplits, joinSplits } from './assign-splits.ts';
import { checkRestorable, handlesFor } from './assign-state.ts';

const source = 'src' as OperatorId;
const split = (id: string, start: number): Split => ({ id: id as SplitId, start });

function checkpoint(subtasks: unknown[]): CompletedCheckpoint {
  return { id: 3, kind: 'savepoint', maxParallelism: 128, parallelism: 2, subtasks } as unknown as CompletedCheckpoint;
}

describe('splits', () => {
  it('restored ones keep their position, finished ones stay finished, new ones start as discovered', () => {
    const from = checkpoint([
      {
        operator: source,
        subtask: 0,
        splits: [
          { id: 'a', split: split('a', 40) },
          { id: 'b', split: null },
        ],
      },
      { operator: source, subtask: 1, splits: [{ id: 'gone', split: split('gone', 7) }] },
      { operator: 'other', subtask: 1, splits: [{ id: 'c', split: split('c', 9) }] },
    ]);
    const { open, finished } = joinSplits(
      source,
      ['a', 'b', 'c'].map((id) => split(id, 0)),
      from,
    );
    expect(open).toEqual([split('a', 40), split('c', 0), split('gone', 7)]);
    expect(finished).toEqual(['b']);
  });

  it('every split goes to exactly one subtask, the same one for the same order', () => {
    const splits = Array.from({ length: 7 }, (_, index) => index);
    for (const parallelism of [1, 2, 3, 10]) {
      const assigned = assignSplits(splits, parallelism);
      expect(assigned.flat().sort((a, b) => a - b)).toEqual(splits);
      expect(
        Math.max(...assigned.map((own) => own.length)) - Math.min(...assigned.map((own) => own.length)),
      ).toBeLessThanOrEqual(1);
      expect(assignSplits([7], parallelism, 7)[7 % parallelism]).toEqual([7]);
    }
  });
});

describe('state', () => {
  it('after rescaling every key group is read by the one subtask that owns it', () => {
    for (const before of [1, 2, 3, 5]) {
      for (const after of [1, 2, 3, 4, 128]) {
        const from = checkpoint(
          Array.from({ length: before }, (_, subtask) => ({
            operator: source,
            subtask,
            state: [{ location: `s${subtask}`, keyGroups: keyGroupsOf(subtask, before, 128) } as StateHandle],
          })),
        );
        for (let subtask = 0; subtask < after; subtask++) {
          const { first, last } = keyGroupsOf(subtask, after, 128);
          const covered = handlesFor(from, source, subtask, after, 128).flatMap(({ keyGroups }) =>
            Array.from({ length: keyGroups.last - keyGroups.first + 1 }, (_, at) => keyGroups.first + at),
          );
          for (let group = first; group <= last; group++) expect(covered).toContain(group);
        }
      }
    }
  });

  it('a checkpoint that holds what the plan would lose is refused', () => {
    const plan = { engine: 'dataflow' as const, maxParallelism: 128, vertices: [], edges: [] };
    const held = { operator: 'old', subtask: 0, state: [], splits: [], committables: [] };
    expect(() => checkRestorable(plan, checkpoint([held]))).not.toThrow();
    expect(() => checkRestorable(plan, checkpoint([{ ...held, state: [{}] }]))).toThrow(/state of step old/);
    expect(() => checkRestorable(plan, checkpoint([{ ...held, committables: [1] }]))).toThrow(/output of sink old/);
    expect(() => checkRestorable({ ...plan, maxParallelism: 64 }, checkpoint([]))).toThrow(/key groups/);
  });
});
