import type { Queryable } from '../client.ts';

/** How long what is over stays visible, in days. Audit entries, job versions, runs and completed checkpoints stay. */
const KEPT_DAYS = { containers: 14, failedCheckpoints: 14, events: 90, nodes: 14 } as const;

/** Forgets what is too old. Repeating it changes nothing. */
export async function forgetOld(db: Queryable): Promise<void> {
  await db.$executeRaw`
    delete from "Container" where status in ('finished', 'failed', 'lost')
       and "endedAt" < clock_timestamp() - ${KEPT_DAYS.containers} * interval '1 day'
       and "applicationId" in (select id from "Application" where phase = 'ended')`;
  await db.$executeRaw`
    delete from "Checkpoint" where status in ('failed', 'discarded')
       and "triggeredAt" < clock_timestamp() - ${KEPT_DAYS.failedCheckpoints} * interval '1 day'`;
  await db.$executeRaw`delete from "JobEvent" where at < clock_timestamp() - ${KEPT_DAYS.events} * interval '1 day'`;
  await db.$executeRaw`
    delete from "Node" n where status = 'lost' and "lastHeartbeatAt" < clock_timestamp() - ${KEPT_DAYS.nodes} * interval '1 day'
       and not exists (select 1 from "Container" c where c."nodeId" = n.id)`;
}
