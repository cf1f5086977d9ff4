import { canMove, isLive, JOB_STATUSES, type JobStatus } from '@millrace/model';
import { expect, test } from 'vitest';
import { DEFAULT_TIMES } from '../times.ts';
import type { Decision } from './decision.ts';
import type { JobFacts, MasterFacts } from './job-facts.ts';
import { STATES } from './job-loop.ts';
import { leadsTo } from './move.ts';

const master = (status: MasterFacts['status'], livedMs = 1_000): MasterFacts => ({
  status,
  reason: 'boom',
  exitCode: 1,
  livedMs,
});

function facts(
  status: JobStatus,
  rest: Partial<JobFacts> = {},
  of: MasterFacts | undefined = master('running'),
): JobFacts {
  const living = !['created', 'suspended', 'canceled', 'failed', 'finished'].includes(status);
  return {
    id: 'j',
    name: 'j',
    status,
    statusAgeMs: 0,
    desired: 'running',
    generation: 1,
    pending: false,
    deleted: false,
    restart: { attemptsMax: 2, delayMs: 10 },
    run: living ? { application: 'a', attempt: 1, masterRestarts: 0, registered: true, master: of } : undefined,
    ...rest,
  };
}

const decide = (given: JobFacts): Decision => STATES[given.status](given, DEFAULT_TIMES);

test('a job at rest stays at rest until a new wish, and never starts by an old one', () => {
  for (const status of ['created', 'suspended', 'canceled', 'failed', 'finished'] as const) {
    expect(decide(facts(status)).kind).toBe('stay');
    expect(decide(facts(status, { pending: true })).kind).toBe('submit');
    expect(decide(facts(status, { pending: true, deleted: true, desired: 'canceled' })).kind).toBe('acknowledge');
  }
  expect(decide(facts('finished', { pending: true, desired: 'canceled' })).kind).toBe('acknowledge');
  expect(decide(facts('suspended', { pending: true, desired: 'canceled' }))).toMatchObject({
    kind: 'settle',
    outcome: 'canceled',
  });
});

test('an ended master costs one restart; a lost node none; a long life pays the budget back', () => {
  const run = (of: MasterFacts, masterRestarts: number) =>
    decide(facts('running', { run: { application: 'a', attempt: 3, masterRestarts, registered: true, master: of } }));
  expect(run(master('failed'), 1)).toMatchObject({ kind: 'restart', masterRestarts: 2, delayMs: 10 });
  expect(run(master('failed'), 2)).toMatchObject({ kind: 'settle', outcome: 'failed' });
  expect(run(master('lost'), 2)).toMatchObject({ kind: 'restart', masterRestarts: 2, delayMs: 0 });
  expect(run(master('failed', DEFAULT_TIMES.budgetResetMs), 2)).toMatchObject({ kind: 'restart', masterRestarts: 1 });
});

test('with a master that listens a cancel is asked for; without one it is done', () => {
  for (const status of ['accepted', 'starting', 'running', 'restarting', 'suspending'] as const) {
    expect(decide(facts(status, { desired: 'canceled' })).kind).toBe('cancel');
    for (const gone of [undefined, master('failed'), master('lost')])
      expect(
        decide(
          facts(status, {
            desired: 'canceled',
            run: { application: 'a', attempt: 1, masterRestarts: 0, registered: true, master: gone },
          }),
        ),
      ).toMatchObject({
        kind: 'settle',
        outcome: 'canceled',
      });
  }
});

test('stopping a job whose master is gone keeps its last checkpoint and waits for nobody', () => {
  for (const status of ['running', 'restarting', 'suspending'] as const)
    expect(decide(facts(status, { desired: 'suspended' }, master('failed')))).toMatchObject({
      kind: 'settle',
      outcome: 'suspended',
    });
  expect(decide(facts('running', { desired: 'suspended' })).kind).toBe('stay');
});

test('whatever the facts, every decision leads to a status that the table of moves can reach', () => {
  const masters = [
    undefined,
    ...(['allocated', 'running', 'stopping', 'failed', 'lost'] as const).map((status) => master(status)),
  ];
  for (const status of JOB_STATUSES)
    for (const desired of ['running', 'suspended', 'canceled'] as const)
      for (const pending of [true, false])
        for (const of of masters) {
          const given = facts(status, { desired, pending, statusAgeMs: 10 * 60_000 });
          const run = given.run === undefined ? undefined : { ...given.run, master: of };
          const decision = decide({ ...given, run });
          if (decision.kind === 'submit') expect(canMove(status, 'submitted')).toBe(true);
          if (decision.kind === 'cancel') expect(status === 'canceling' || canMove(status, 'canceling')).toBe(true);
          if (decision.kind === 'settle') expect(leadsTo(status, decision.outcome)).toBe(true);
          if (decision.kind === 'restart') expect(of !== undefined && !isLive(of.status)).toBe(true);
        }
});
