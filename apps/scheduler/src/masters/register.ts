import { type Database, notifyChange, type Queryable, recordEvent } from '@millrace/database';
import { canMove, StreamError } from '@millrace/model';
import type { MasterRegister, MasterRegisterAnswer } from '@millrace/protocol';
import { endRun, moveJob } from '../jobs/move.ts';
import { fenced, type LockedRun, lockRun } from './attempt.ts';
import { loadJobSpec, type Platform } from './job-spec.ts';
import { chooseRestore } from './restore.ts';

/**
 * A master says that it is there and learns what to run. Only the container that was granted for this attempt may; a
 * repeated call gets the same answer. A job that cannot start because of what its owner wrote or chose
 * ends here, with the reason: another attempt would meet the same.
 */
export async function registerMaster(
  database: Database,
  platform: Platform,
  applicationId: string,
  call: MasterRegister,
): Promise<MasterRegisterAnswer> {
  const answer = await database.transaction(async (transaction) => {
    const run = await lockRun(transaction, applicationId, call.attempt);
    await assertOwnContainer(transaction, run, call.container);
    try {
      const spec = await loadJobSpec(transaction, run.jobId, run.version, platform);
      const restore = await chooseRestore(transaction, run);
      await takeDown(transaction, run, call, restore);
      return {
        spec,
        restore,
        nextCheckpointId: await nextCheckpointId(transaction, run),
        live: await liveWorkers(transaction, run),
      };
    } catch (error) {
      if (!(error instanceof StreamError) || error.domain !== 'user') throw error;
      const { jobId, status } = run;
      await endRun(transaction, { jobId, from: status, outcome: 'failed', applicationId, diagnostics: error.message });
      return error;
    }
  });
  if (answer instanceof StreamError) throw answer;
  return answer;
}

async function assertOwnContainer(transaction: Queryable, run: LockedRun, container: string): Promise<void> {
  const { applicationId, attempt } = run;
  const found = await transaction.container.findFirst({
    where: {
      id: container,
      applicationId,
      attempt,
      role: 'master',
      status: { in: ['allocated', 'launching', 'running'] },
    },
    select: { id: true },
  });
  if (found === null) throw fenced();
}

async function takeDown(
  transaction: Queryable,
  { applicationId, jobId, attempt, status }: LockedRun,
  { address }: MasterRegister,
  restore: MasterRegisterAnswer['restore'],
): Promise<void> {
  const { count } = await transaction.application.updateMany({
    where: { id: applicationId, phase: 'waiting' },
    data: {
      phase: 'running',
      restoredFrom: restore?.checkpoint.id ?? null,
      restoreReason: restore?.reason ?? 'empty state',
    },
  });
  await transaction.$executeRaw`
    update "Application" set "masterAddress" = ${address}, "lastHeartbeatAt" = clock_timestamp(),
           "startedAt" = coalesce("startedAt", clock_timestamp()) where id = ${applicationId}`;
  if (status !== 'starting' && canMove(status, 'starting'))
    await moveJob(transaction, { jobId, from: status, to: 'starting', applicationId });
  if (count === 0) return;
  const from =
    restore === null ? 'an empty state' : `${restore.checkpoint.kind} ${restore.checkpoint.id} (${restore.reason})`;
  await recordEvent(transaction, {
    jobId,
    applicationId,
    kind: 'status',
    message: `Attempt ${attempt} starts from ${from}`,
  });
  await notifyChange(transaction, { what: 'job', job: jobId });
}

/** Above every id that was ever handed out or stored, over all runs of the job. */
async function nextCheckpointId(transaction: Queryable, { jobId, lastCheckpointId }: LockedRun): Promise<number> {
  const { _max } = await transaction.checkpoint.aggregate({ where: { jobId }, _max: { id: true } });
  return Math.max(lastCheckpointId, _max.id ?? 0) + 1;
}

async function liveWorkers(
  transaction: Queryable,
  { applicationId, attempt }: LockedRun,
): Promise<MasterRegisterAnswer['live']> {
  const rows = await transaction.container.findMany({
    where: { applicationId, attempt, role: 'worker', status: { in: ['allocated', 'launching', 'running'] } },
    select: { id: true },
  });
  return rows.map(({ id }) => ({ container: id, role: 'worker' as const }));
}
