import type { Log } from '@millrace/contracts';
import type { Database } from '@millrace/database';
import { type JobStatus, StreamError } from '@millrace/model';
import type { Leadership } from '../leadership.ts';
import type { SchedulerTimes } from '../times.ts';
import { carryOut } from './carry-out.ts';
import type { State } from './decision.ts';
import { readJobFacts } from './job-facts.ts';
import { accepted } from './states/accepted.ts';
import { canceling } from './states/canceling.ts';
import { restarting } from './states/restarting.ts';
import { running } from './states/running.ts';
import { starting } from './states/starting.ts';
import { stopped } from './states/stopped.ts';
import { submitted } from './states/submitted.ts';
import { suspending } from './states/suspending.ts';

/** Which file decides for a job in which status. */
export const STATES: Readonly<Record<JobStatus, State>> = {
  created: stopped,
  submitted,
  accepted,
  starting,
  running,
  restarting,
  suspending,
  suspended: stopped,
  canceling,
  canceled: stopped,
  failed: stopped,
  finished: stopped,
};

export interface JobLoopParts {
  readonly database: Database;
  readonly leadership: Leadership;
  readonly times: SchedulerTimes;
  readonly log: Log;
}

/**
 * One look at every job that runs, waits or is wished to change: decide by its state, carry out in a
 * transaction of its own. One job's trouble does not hold up the others.
 */
export async function reconcileJobs({ database, leadership, times, log }: JobLoopParts): Promise<void> {
  for (const facts of await readJobFacts(database)) {
    const decision = STATES[facts.status](facts, times);
    if (decision.kind === 'stay') continue;
    try {
      await leadership.write((transaction) => carryOut(transaction, facts, decision));
      log.info('job', { job: facts.id, status: facts.status, decision: decision.kind });
    } catch (error) {
      if (error instanceof StreamError && error.code === 'leader.stale') throw error;
      log.error('a decision could not be carried out; it is taken again at the next look', {
        job: facts.id,
        decision: decision.kind,
        error,
      });
    }
  }
}
