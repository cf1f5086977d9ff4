import { type NewJobEvent, type Queryable, recordEvent, recordFailedCheckpoint } from '@millrace/database';
import type { MasterHeartbeat } from '@millrace/protocol';
import type { LockedRun } from './attempt.ts';

type Event = MasterHeartbeat['events'][number]['event'];

/** Takes down what was not seen yet, in order, and returns the number up to which everything is down. */
export async function takeEvents(
  transaction: Queryable,
  run: LockedRun,
  events: MasterHeartbeat['events'],
): Promise<number> {
  const { jobId, applicationId, attempt } = run;
  let last = run.lastEventSeq;
  let status: string = run.status;
  let newestCheckpointId = 0;
  for (const { seq, event } of events.toSorted((a, b) => a.seq - b.seq)) {
    if (seq <= last) continue;
    last = seq;
    if (event.kind === 'checkpoint-triggered') newestCheckpointId = Math.max(newestCheckpointId, event.id);
    if (event.kind === 'checkpoint-failed')
      await recordFailedCheckpoint(transaction, {
        applicationId,
        attempt,
        jobId,
        id: event.id,
        kind: 'checkpoint',
        at: new Date(event.at),
        reason: event.reason,
      });
    const told = forPeople(event, status);
    if (event.kind === 'status') status = event.status;
    if (told !== undefined) await recordEvent(transaction, { ...told, jobId, applicationId, at: new Date(event.at) });
  }
  if (newestCheckpointId > 0)
    await transaction.$executeRaw`
      update "Job" set "lastCheckpointId" = greatest("lastCheckpointId", ${newestCheckpointId}) where id = ${jobId}`;
  return last;
}

/**
 * A checkpoint that was triggered or completed is in the list of checkpoints; only savepoints are news. Nor is a status the
 * job has already, unless it comes with a reason. Pure.
 */
function forPeople(
  event: Event,
  before: string,
): Pick<NewJobEvent, 'kind' | 'severity' | 'message' | 'detail'> | undefined {
  switch (event.kind) {
    case 'status': {
      if (event.status === before && event.reason === undefined) return undefined;
      const message = event.reason === undefined ? event.status : `${event.status}: ${event.reason}`;
      return { kind: 'status', severity: event.status === 'restarting' ? 'warning' : 'info', message };
    }
    case 'checkpoint-triggered':
      return undefined;
    case 'checkpoint-completed':
      return event.checkpoint.kind === 'savepoint'
        ? { kind: 'savepoint', message: `Savepoint ${event.checkpoint.id} completed` }
        : undefined;
    case 'checkpoint-failed':
      return {
        kind: 'checkpoint-failed',
        severity: 'warning',
        message: `Checkpoint ${event.id} failed: ${event.reason}`,
      };
    case 'restored':
      return { kind: 'restored', message: `Restored from ${event.type} ${event.id}` };
    case 'failure': {
      const { code, message, domain, retry } = event.error;
      return { kind: 'failure', severity: 'error', message, detail: { code, domain, retry } };
    }
  }
}
