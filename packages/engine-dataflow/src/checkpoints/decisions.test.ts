import type { CheckpointId, CheckpointKind, CompletedCheckpoint, OperatorId } from '@millrace/model';
import { describe, expect, it } from 'vitest';
import { acknowledge, isComplete, type PendingCheckpoint } from './pending-checkpoint.ts';
import { decideDiscards } from './retention.ts';
import { decideTrigger } from './trigger-decision.ts';

const operator = 'o' as OperatorId;
const task = (subtask: number) => ({ vertex: operator, subtask });
const PENDING: PendingCheckpoint = {
  id: 7 as CheckpointId,
  kind: 'checkpoint',
  stop: false,
  triggeredAt: 0,
  missing: new Set(['o[0]', 'o[1]']),
  subtasks: [],
};

describe('acknowledging', () => {
  const sealed = [5, 6, 7].map((checkpoint) => ({
    checkpoint: checkpoint as CheckpointId,
    committable: `t${checkpoint}`,
  }));
  const snapshot = { operator, state: [], splits: [], committables: sealed };

  it('a checkpoint is complete when every task has answered, whatever the order', () => {
    const first = acknowledge(PENDING, PENDING.id, task(1), [], 0);
    expect(isComplete(first)).toBe(false);
    expect(isComplete(acknowledge(first, PENDING.id, task(0), [], 0))).toBe(true);
  });

  it('late, repeated and unknown answers change nothing', () => {
    expect(acknowledge(PENDING, 6 as CheckpointId, task(0), [snapshot], 0)).toBe(PENDING);
    expect(acknowledge(PENDING, 8 as CheckpointId, task(0), [snapshot], 0)).toBe(PENDING);
    expect(acknowledge(PENDING, PENDING.id, task(2), [snapshot], 0)).toBe(PENDING);
    const first = acknowledge(PENDING, PENDING.id, task(0), [snapshot], 0);
    expect(acknowledge(first, PENDING.id, task(0), [snapshot], 0)).toBe(first);
  });

  it('output sealed for a failed checkpoint is carried on, output already visible is not listed again', () => {
    const { subtasks } = acknowledge(PENDING, PENDING.id, task(0), [snapshot], 5);
    expect(subtasks).toEqual([{ operator, subtask: 0, state: [], splits: [], committables: ['t6', 't7'] }]);
  });
});

describe('when to trigger', () => {
  const facts = { now: 1_000, lastTriggeredAt: 0, lastEndedAt: 0, intervalMs: 1_000, requested: undefined };
  it.each([
    ['the interval has passed', {}, { kind: 'trigger', checkpoint: 'checkpoint' }],
    ['it has not', { now: 400 }, { kind: 'wait', ms: 600 }],
    [
      'a slow one has just ended: half an interval of peace',
      { now: 3_000, lastEndedAt: 2_900 },
      { kind: 'wait', ms: 400 },
    ],
    ['somebody asked', { now: 1, requested: 'savepoint' as const }, { kind: 'trigger', checkpoint: 'savepoint' }],
  ])('%s', (_, change, decision) => {
    expect(decideTrigger({ ...facts, ...change })).toEqual(decision);
  });
});

describe('retention', () => {
  const made = (...kinds: CheckpointKind[]) =>
    kinds.map((kind, index) => ({ id: index + 1, kind }) as unknown as CompletedCheckpoint);
  it.each([
    [made('checkpoint', 'checkpoint', 'checkpoint'), 2, [1]],
    [made('checkpoint', 'savepoint', 'savepoint'), 1, []],
    [made('checkpoint', 'savepoint', 'checkpoint', 'checkpoint'), 1, [1, 3]],
    [made(), 1, []],
  ])('keeps the newest checkpoints and every savepoint, case %#', (known, retained, discarded) => {
    expect(decideDiscards(known, retained)).toEqual(discarded);
  });
});
