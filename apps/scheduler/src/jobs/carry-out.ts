import { notifyChange, type Queryable, recordEvent, writeOutbox } from '@millrace/database';
import { canMove, StreamError } from '@millrace/model';
import type { Decision } from './decision.ts';
import type { JobFacts } from './job-facts.ts';
import { endRun, moveJob, stopContainers } from './move.ts';

/**
 * Carries a decision out inside the leader's transaction. The job's row is locked first and compared with the
 * facts: a wish or a word of the master in between makes the decision void, and the next round decides anew.
 */
export async function carryOut(transaction: Queryable, facts: JobFacts, decision: Decision): Promise<void> {
  if (decision.kind === 'stay' || !(await stillTrue(transaction, facts))) return;
  switch (decision.kind) {
    case 'acknowledge':
      break;
    case 'submit':
      await submit(transaction, facts);
      break;
    case 'cancel':
      if (facts.status !== 'canceling') await move(transaction, facts, 'canceling');
      break;
    case 'settle':
      await settle(transaction, facts, decision);
      break;
    case 'restart':
      await restart(transaction, facts, decision);
      break;
  }
  if (facts.pending)
    await transaction.job.update({ where: { id: facts.id }, data: { observedGeneration: facts.generation } });
}

async function stillTrue(transaction: Queryable, { id, status, generation, run }: JobFacts): Promise<boolean> {
  const [row] = await transaction.$queryRaw<{ attempt: number | null }[]>`
    select (select attempt from "Application" where "jobId" = j.id and phase <> 'ended') as attempt
      from "Job" j where id = ${id} and status = ${status} and "desiredGeneration" = ${generation} for no key update`;
  return row !== undefined && row.attempt === (run?.attempt ?? null);
}

async function submit(transaction: Queryable, { id, status }: JobFacts): Promise<void> {
  const job = await transaction.job.findUniqueOrThrow({ where: { id } });
  if (job.desiredVersion === null)
    throw new StreamError('job.version-missing', `Job ${job.name} has no version to run.`, {
      domain: 'internal',
      retry: 'never',
    });
  const attempt = job.lastAttempt + 1;
  const { id: applicationId } = await transaction.application.create({
    data: { jobId: id, version: job.desiredVersion, queueName: job.queueName, attempt, startFrom: job.startFrom },
  });
  // "Start from" holds for one start only.
  await transaction.job.update({ where: { id }, data: { lastAttempt: attempt, startFrom: 'latest' } });
  await moveJob(transaction, {
    jobId: id,
    from: status,
    to: 'submitted',
    applicationId,
    waitingReason: 'just submitted',
  });
}

async function settle(
  transaction: Queryable,
  { id, status, run }: JobFacts,
  { outcome, reason }: Extract<Decision, { kind: 'settle' }>,
): Promise<void> {
  if (run === undefined) await moveJob(transaction, { jobId: id, from: status, to: outcome, reason });
  else
    await endRun(transaction, {
      jobId: id,
      from: status,
      outcome,
      applicationId: run.application,
      diagnostics: reason,
    });
}

async function restart(
  transaction: Queryable,
  facts: JobFacts,
  { reason, masterRestarts, delayMs }: Extract<Decision, { kind: 'restart' }>,
): Promise<void> {
  const { id, run } = facts;
  if (run === undefined) return;
  const { lastAttempt } = await transaction.job.update({ where: { id }, data: { lastAttempt: { increment: 1 } } });
  await transaction.$executeRaw`
    update "Application" set attempt = ${lastAttempt}, "masterRestarts" = ${masterRestarts}, phase = 'waiting', asks = '[]'::jsonb,
           "masterAddress" = null, "lastHeartbeatAt" = null, "lastEventSeq" = 0,
           "nextAttemptAt" = clock_timestamp() + ${delayMs} * interval '1 ms'
     where id = ${run.application}`;
  await stopContainers(
    transaction,
    { applicationId: run.application, olderThanAttempt: lastAttempt },
    `attempt ${run.attempt} is over`,
  );
  const text = `${reason.replace(/\.$/, '')}. Attempt ${lastAttempt} follows.`;
  if (facts.status !== 'restarting' && canMove(facts.status, 'restarting'))
    await move(transaction, facts, 'restarting', text);
  else
    await recordEvent(transaction, {
      jobId: id,
      applicationId: run.application,
      kind: 'status',
      severity: 'warning',
      message: text,
    });
  await writeOutbox(transaction, { jobId: id, reason: 'job-changed' });
  await notifyChange(transaction, { what: 'container', job: id });
}

async function move(
  transaction: Queryable,
  facts: JobFacts,
  to: 'canceling' | 'restarting',
  reason?: string,
): Promise<void> {
  await moveJob(transaction, {
    jobId: facts.id,
    from: facts.status,
    to,
    ...(reason === undefined ? {} : { reason }),
    ...(facts.run === undefined ? {} : { applicationId: facts.run.application }),
  });
}
