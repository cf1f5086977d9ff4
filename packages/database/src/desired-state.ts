import { type DesiredState, isActive, isStartable, isTerminal, type JobStatus } from '@millrace/model';

/**
 * Why a job in this status cannot be asked to be `desired`; undefined when it can. Pure, so that a screen
 * can grey out a button by the rule that the transaction checks again.
 */
export function refusalOf(status: JobStatus, desired: DesiredState): string | undefined {
  switch (desired) {
    case 'running':
      return isStartable(status) ? undefined : `The job is ${status}; it can be started when it has stopped.`;
    case 'suspended':
      return status === 'running' || status === 'restarting' || status === 'suspending'
        ? undefined
        : `The job is ${status}; only a running job can be stopped with a savepoint. Cancel it instead.`;
    case 'canceled':
      if (isActive(status) || status === 'created' || status === 'suspended' || status === 'failed') return undefined;
      return isTerminal(status) ? `The job is already ${status}.` : `The job is ${status}.`;
  }
}
