import { isLive } from '@millrace/model';
import type { SchedulerTimes } from '../../times.ts';
import { type Decision, STAY } from '../decision.ts';
import type { JobFacts, MasterFacts } from '../job-facts.ts';

/** A master that listens is asked; without one the job is canceled right away. Undefined: nobody wishes to cancel. */
export function cancelFirst(facts: JobFacts): Decision | undefined {
  if (facts.desired !== 'canceled') return undefined;
  return listens(facts) ? { kind: 'cancel' } : { kind: 'settle', outcome: 'canceled', reason: 'Canceled.' };
}

/** Nobody can take a savepoint; the last checkpoint is as good a place to go on from. */
export function suspendWithoutMaster(facts: JobFacts): Decision | undefined {
  const { run } = facts;
  if (facts.desired !== 'suspended' || (run?.master !== undefined && isLive(run.master.status))) return undefined;
  const reason = 'Stopped while no master was running: no savepoint was taken, it goes on from its last checkpoint.';
  return { kind: 'settle', outcome: 'suspended', reason };
}

/**
 * The master's container ended without its last words: a new attempt, within the budget. As in YARN, a lost node
 * is not the job's fault and costs nothing; a master that ran for long earns the budget back.
 */
export function masterEnded(facts: JobFacts, times: SchedulerTimes): Decision {
  const { run, restart } = facts;
  if (run?.master === undefined || isLive(run.master.status)) return STAY;
  const reason = describe(run.master);
  if (run.master.status === 'lost') return { kind: 'restart', reason, masterRestarts: run.masterRestarts, delayMs: 0 };
  const used = run.master.livedMs >= times.budgetResetMs ? 0 : run.masterRestarts;
  if (used >= restart.attemptsMax) {
    const budget =
      restart.attemptsMax === 0 ? 'restarts are switched off' : `all ${restart.attemptsMax} restarts are used`;
    return { kind: 'settle', outcome: 'failed', reason: `${reason}; ${budget}.` };
  }
  return { kind: 'restart', reason, masterRestarts: used + 1, delayMs: restart.delayMs };
}

function listens({ run }: JobFacts): boolean {
  return run?.registered === true && run.master !== undefined && isLive(run.master.status);
}

function describe({ status, reason, exitCode }: MasterFacts): string {
  if (status === 'lost') return `The master was lost: ${reason ?? 'its node fell silent'}`;
  return `The master ended: ${reason ?? `exit code ${exitCode ?? 'unknown'}`}`;
}
