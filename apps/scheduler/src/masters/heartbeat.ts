import {
  answerSavepointRequest,
  type Database,
  json,
  notifyChange,
  openSavepointRequests,
  type Queryable,
  recordEvent,
  recordMetrics,
  writeOutbox,
} from '@millrace/database';
import { canMove } from '@millrace/model';
import type { MasterHeartbeat, MasterHeartbeatAnswer } from '@millrace/protocol';
import { type LockedRun, lockRun } from './attempt.ts';
import { takeEvents } from './master-events.ts';

/** More than any job has in one attempt, short of one that loses a worker every second for a quarter of an hour. */
const CONTAINERS_MAX = 1_000;
const SAVEPOINTS_MAX = 100;

/** A master says how its job is and what it needs, and hears what it has got and what is wished. Repeating a call changes nothing more. */
export async function takeMasterHeartbeat(
  database: Database,
  applicationId: string,
  heartbeat: MasterHeartbeat,
): Promise<MasterHeartbeatAnswer> {
  return database.transaction(async (transaction) => {
    const run = await lockRun(transaction, applicationId, heartbeat.attempt);
    const eventsAcknowledged = await takeEvents(transaction, run, heartbeat.events);
    await saveRun(transaction, run, heartbeat, eventsAcknowledged);
    await saveStatus(transaction, run, heartbeat);
    await release(transaction, run, heartbeat.release);
    for (const { request, checkpoint, error } of heartbeat.savepoints)
      await answerSavepointRequest(transaction, { id: request, jobId: run.jobId, checkpointId: checkpoint, error });
    if (heartbeat.report !== null) {
      await recordMetrics(transaction, run.jobId, heartbeat.report.metrics);
      await notifyChange(transaction, { what: 'report', job: run.jobId });
    }
    const containers = await containersOf(transaction, run);
    return {
      ...containers,
      eventsAcknowledged,
      desired: run.desired,
      savepoints: [...(await openSavepointRequests(transaction, run.jobId, SAVEPOINTS_MAX))],
    };
  });
}

async function saveRun(
  transaction: Queryable,
  { applicationId, jobId }: LockedRun,
  { ask, report }: MasterHeartbeat,
  lastEventSeq: number,
): Promise<void> {
  const asks = JSON.stringify(ask);
  const [row] = await transaction.$queryRaw<{ changed: boolean }[]>`
    select asks is distinct from ${asks}::jsonb as changed from "Application" where id = ${applicationId}`;
  await transaction.$executeRaw`
    update "Application" set "lastHeartbeatAt" = clock_timestamp(), asks = ${asks}::jsonb, "lastEventSeq" = ${lastEventSeq}
     where id = ${applicationId}`;
  if (report !== null)
    await transaction.application.update({
      where: { id: applicationId },
      data: { report: json(report), reportAt: new Date() },
    });
  if (row?.changed === true) await writeOutbox(transaction, { jobId, reason: 'job-changed' });
}

/**
 * The master's word on its own status, where the table of moves allows it: one that has not heard of a cancel
 * yet cannot bring its job back to running. With this answer it hears the newest wish, so it is observed.
 */
async function saveStatus(
  transaction: Queryable,
  { jobId, applicationId, status }: LockedRun,
  heartbeat: MasterHeartbeat,
): Promise<void> {
  const moves = heartbeat.status !== status && canMove(status, heartbeat.status);
  const to = moves ? heartbeat.status : status;
  await transaction.$executeRaw`
    update "Job" set "observedAt" = clock_timestamp(),
           "observedGeneration" = case when "desiredState" = 'canceled' then "observedGeneration" else "desiredGeneration" end,
           status = ${to}, "statusAt" = case when ${moves} then clock_timestamp() else "statusAt" end,
           "statusReason" = case when ${moves} or ${heartbeat.status === status} then ${heartbeat.statusReason ?? null} else "statusReason" end
     where id = ${jobId}`;
  if (!moves) return;
  const told = heartbeat.events.some(({ event }) => event.kind === 'status' && event.status === to);
  if (!told)
    await recordEvent(transaction, {
      jobId,
      applicationId,
      kind: 'status',
      severity: to === 'restarting' ? 'warning' : 'info',
      message: heartbeat.statusReason === undefined ? to : `${to}: ${heartbeat.statusReason}`,
    });
  await notifyChange(transaction, { what: 'job', job: jobId });
}

async function release(
  transaction: Queryable,
  { applicationId, attempt }: LockedRun,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await transaction.container.updateMany({
    where: {
      id: { in: [...ids] },
      applicationId,
      attempt,
      role: 'worker',
      status: { in: ['allocated', 'launching', 'running'] },
    },
    data: { status: 'stopping', stoppingAt: new Date(), reason: 'released by its master' },
  });
}

async function containersOf(
  transaction: Queryable,
  { applicationId, attempt }: LockedRun,
): Promise<Pick<MasterHeartbeatAnswer, 'granted' | 'ended'>> {
  const rows = await transaction.container.findMany({
    where: { applicationId, attempt, role: 'worker' },
    select: { id: true, requestId: true, status: true, reason: true },
    orderBy: { allocatedAt: 'desc' },
    take: CONTAINERS_MAX,
  });
  return {
    granted: rows.map(({ id, requestId }) => ({ request: requestId, container: id })),
    ended: rows
      .filter(({ status }) => status === 'finished' || status === 'failed' || status === 'lost')
      .map(({ id, status, reason }) => ({ container: id, reason: reason ?? status })),
  };
}
