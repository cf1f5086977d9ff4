import { notifyChange, type Queryable, recordEvent, writeOutbox } from '@millrace/database';
import { canMove, type JobStatus } from '@millrace/model';

/** Steps that a terminal word may skip: a master can finish between two heartbeats. */
const BETWEEN = [
  'starting',
  'running',
  'restarting',
  'suspending',
  'canceling',
] as const satisfies readonly JobStatus[];

/** Whether `to` follows from `from` by legal moves, seen or unseen. Pure. */
export function leadsTo(from: JobStatus, to: JobStatus): boolean {
  const seen = new Set<JobStatus>([from]);
  for (const status of seen) {
    if (canMove(status, to)) return true;
    for (const next of BETWEEN) if (canMove(status, next)) seen.add(next);
  }
  return false;
}

export interface Move {
  readonly jobId: string;
  readonly from: JobStatus;
  readonly to: JobStatus;
  readonly reason?: string;
  readonly applicationId?: string;
  readonly waitingReason?: string;
}

/** Writes the status and its event; false when the job is no longer in `from`. Both sides of the move are legal by the table of the model. */
export async function moveJob(transaction: Queryable, move: Move): Promise<boolean> {
  const { jobId, from, to, reason, applicationId, waitingReason } = move;
  if (!leadsTo(from, to)) throw new Error(`a job cannot move from ${from} to ${to}`);
  const now = new Date();
  const { count } = await transaction.job.updateMany({
    where: { id: jobId, status: from },
    data: {
      status: to,
      statusReason: reason ?? null,
      waitingReason: waitingReason ?? null,
      statusAt: now,
      observedAt: now,
    },
  });
  if (count === 0) return false;
  await recordEvent(transaction, {
    jobId,
    ...(applicationId === undefined ? {} : { applicationId }),
    kind: 'status',
    severity: to === 'failed' ? 'error' : to === 'restarting' ? 'warning' : 'info',
    message: reason === undefined ? to : `${to}: ${reason}`,
  });
  await notifyChange(transaction, { what: 'job', job: jobId });
  return true;
}

export interface End {
  readonly jobId: string;
  readonly from: JobStatus;
  readonly outcome: 'finished' | 'suspended' | 'canceled' | 'failed';
  readonly applicationId: string;
  readonly diagnostics: string;
}

/**
 * Ends a run: the job's terminal status, the end of the run and the release of all its containers in one
 * transaction, so that no crash can bring a finished job back to life (FLINK-39704). False: it has ended already.
 */
export async function endRun(transaction: Queryable, end: End): Promise<boolean> {
  const { jobId, from, outcome, applicationId, diagnostics } = end;
  const { count } = await transaction.application.updateMany({
    where: { id: applicationId, phase: { not: 'ended' } },
    data: { phase: 'ended', endedAt: new Date(), outcome, diagnostics, asks: [], masterAddress: null },
  });
  if (count === 0) return false;
  if (!(await moveJob(transaction, { jobId, from, to: outcome, reason: diagnostics, applicationId })))
    throw new Error(`job ${jobId} moved away from ${from} while its run ended`);
  await stopContainers(transaction, { applicationId }, `the run is ${outcome}`);
  await transaction.savepointRequest.updateMany({
    where: { jobId, answeredAt: null },
    data: { answeredAt: new Date(), error: `The job ended before the savepoint was taken: ${outcome}.` },
  });
  await writeOutbox(transaction, { jobId, reason: 'job-changed' });
  await notifyChange(transaction, { what: 'container', job: jobId });
  return true;
}

/** Asks the agents to end them; they hold their resource until their end is seen. */
export async function stopContainers(
  transaction: Queryable,
  which: { readonly applicationId: string; readonly olderThanAttempt?: number },
  reason: string,
): Promise<void> {
  await transaction.container.updateMany({
    where: {
      applicationId: which.applicationId,
      status: { in: ['allocated', 'launching', 'running'] },
      ...(which.olderThanAttempt === undefined ? {} : { attempt: { lt: which.olderThanAttempt } }),
    },
    data: { status: 'stopping', stoppingAt: new Date(), reason },
  });
}
