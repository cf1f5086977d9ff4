import { notifyChange, type Queryable, recordEvent } from '@millrace/database';
import type { Leadership } from '../leadership.ts';
import type { SchedulerTimes } from '../times.ts';

interface Ended {
  readonly jobId: string;
  readonly application: string;
  readonly role: string;
  readonly reason: string;
}

/**
 * Gives up what fell silent. Only the database's clock decides, and nothing is expired until this process
 * has led for one whole lease: after a failover or an outage everybody first gets the chance to speak
 * (YARN's re-sync period).
 */
export async function expireSilent(leadership: Leadership, times: SchedulerTimes): Promise<boolean> {
  if (leadership.ledForMs < times.livelinessMs) return false;
  return leadership.write(async (transaction) => {
    const lost = [...(await loseNodes(transaction, times)), ...(await loseUnclaimed(transaction, times))];
    const stopped = await stopSilentMasters(transaction, times);
    for (const { jobId, application, role, reason } of [...lost, ...stopped]) {
      await recordEvent(transaction, {
        jobId,
        applicationId: application,
        kind: 'failure',
        severity: 'warning',
        message: `A ${role} container was given up: ${reason}`,
      });
      await notifyChange(transaction, { what: 'container', job: jobId });
    }
    return lost.length + stopped.length > 0;
  });
}

async function loseNodes(transaction: Queryable, { livelinessMs, graceMs }: SchedulerTimes): Promise<readonly Ended[]> {
  const nodes = await transaction.$queryRaw<{ id: string }[]>`
    update "Node" set status = 'lost'
     where status <> 'lost' and "lastHeartbeatAt" + ${livelinessMs + graceMs} * interval '1 ms' < clock_timestamp() returning id`;
  for (const { id } of nodes) await notifyChange(transaction, { what: 'node', node: id });
  return transaction.$queryRaw<Ended[]>`
    update "Container" c set status = 'lost', "endedAt" = clock_timestamp(), reason = 'node ' || n.id || ' fell silent'
      from "Node" n, "Application" a
     where n.id = c."nodeId" and n.status = 'lost' and a.id = c."applicationId"
       and c.status in ('allocated', 'launching', 'running', 'stopping')
    returning a."jobId", a.id as application, c.role, c.reason`;
}

async function loseUnclaimed(transaction: Queryable, { claimMs }: SchedulerTimes): Promise<readonly Ended[]> {
  return transaction.$queryRaw<Ended[]>`
    update "Container" c set status = 'lost', "endedAt" = clock_timestamp(), reason = 'node ' || c."nodeId" || ' did not launch it'
      from "Application" a
     where a.id = c."applicationId" and c.status = 'allocated'
       and c."allocatedAt" + ${claimMs} * interval '1 ms' < clock_timestamp()
    returning a."jobId", a.id as application, c.role, c.reason`;
}

/** The process lives but does not speak: its agent ends it, and its end starts the next attempt. */
async function stopSilentMasters(transaction: Queryable, times: SchedulerTimes): Promise<readonly Ended[]> {
  return transaction.$queryRaw<Ended[]>`
    update "Container" c set status = 'stopping', "stoppingAt" = clock_timestamp(), reason = case
             when a."lastHeartbeatAt" is null then 'the master did not register in time' else 'the master fell silent' end
      from "Application" a
     where a.id = c."applicationId" and c.role = 'master' and c.attempt = a.attempt and a.phase <> 'ended'
       and c.status in ('launching', 'running')
       and case when a."lastHeartbeatAt" is null
                then coalesce(c."startedAt", c."allocatedAt") + ${times.registerMs} * interval '1 ms'
                else a."lastHeartbeatAt" + ${times.livelinessMs + times.graceMs} * interval '1 ms' end < clock_timestamp()
    returning a."jobId", a.id as application, c.role, c.reason`;
}
