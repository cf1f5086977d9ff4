import { type Database, type Lease, notifyChange, type Queryable, writeOutbox } from '@millrace/database';
import { type Schedule, schedule } from '@millrace/resource-manager';
import { moveJob } from '../jobs/move.ts';
import type { Leadership } from '../leadership.ts';
import { MASTER_REQUEST, type Photograph, takePhotograph } from './photograph.ts';

export interface ResourceManagerParts {
  readonly database: Database;
  readonly leadership: Leadership;
  readonly suspectMs: number;
}

/** One round: photograph, decide (pure), carry out in the leader's transaction. Says whether anything was granted. */
export async function allocateContainers({ database, leadership, suspectMs }: ResourceManagerParts): Promise<boolean> {
  const photograph = await takePhotograph(database, suspectMs);
  const decided = schedule(photograph.snapshot);
  const waiting = waitingReasons(photograph, decided);
  return leadership.write(async (transaction, lease) => {
    const granted = await grant(transaction, photograph, decided, lease);
    await writeWaitingReasons(transaction, waiting);
    return granted > 0;
  });
}

interface Granted {
  readonly jobId: string;
  readonly application: string;
  readonly request: string;
}

/** A container for a run that has moved on, or granted before, is left out; the unique indexes decide races. */
async function grant(
  transaction: Queryable,
  { wanted }: Photograph,
  { allocations }: Schedule,
  { epoch }: Lease,
): Promise<number> {
  if (allocations.length === 0) return 0;
  const rows = allocations.flatMap(({ request, node }) => {
    const want = wanted.get(request.id);
    if (want === undefined) return [];
    const { vcores, memoryMb } = request.resource;
    const { applicationId, attempt, requestId } = want;
    return [{ applicationId, attempt, requestId, role: request.role, node, queue: request.queue, vcores, memoryMb }];
  });
  // Jobs before their runs, the order that everybody keeps.
  await transaction.$queryRaw`
    select 1 from "Job" where id = any(${[...wanted.values()].map(({ jobId }) => jobId)}) order by id for no key update`;
  const granted = await transaction.$queryRaw<Granted[]>`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
        "applicationId" text, attempt int, "requestId" text, role text, node text, queue text, vcores float8, "memoryMb" int)),
    current as (
      select a.id, a.attempt, a."jobId" from "Application" a
       where a.phase <> 'ended' and a.id in (select "applicationId" from wanted) for no key update),
    made as (
      insert into "Container" (id, "applicationId", "requestId", attempt, role, "nodeId", "queueName", vcores, "memoryMb", "leaderEpoch")
      select gen_random_uuid()::text, w."applicationId", w."requestId", w.attempt, w.role, w.node, w.queue, w.vcores, w."memoryMb", ${epoch}
        from wanted w join current c on c.id = w."applicationId" and c.attempt = w.attempt
        join "Node" n on n.id = w.node and n.status = 'running'
      on conflict do nothing returning "applicationId", "requestId")
    select current."jobId", made."applicationId" as application, made."requestId" as request
      from made join current on current.id = made."applicationId"`;
  for (const { jobId, application, request } of granted) {
    if (request === MASTER_REQUEST)
      await moveJob(transaction, { jobId, from: 'submitted', to: 'accepted', applicationId: application });
    await notifyChange(transaction, { what: 'container', job: jobId });
  }
  // A second look at once: what was granted may have been all that others waited for.
  if (granted.length < allocations.length) await writeOutbox(transaction, { reason: 'job-changed' });
  return granted.length;
}

/** One sentence per job: of its master, else of its first worker. */
function waitingReasons({ wanted }: Photograph, { waiting }: Schedule): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { request, reason } of waiting) {
    const want = wanted.get(request.id);
    if (want !== undefined && !reasons.has(want.jobId)) reasons.set(want.jobId, reason);
  }
  return reasons;
}

async function writeWaitingReasons(transaction: Queryable, reasons: ReadonlyMap<string, string>): Promise<void> {
  const rows = [...reasons].map(([job, reason]) => ({ job, reason }));
  const changed = await transaction.$queryRaw<{ id: string }[]>`
    with r as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(job text, reason text))
    update "Job" j set "waitingReason" = n.reason
      from (select j2.id, r.reason from "Job" j2 left join r on r.job = j2.id where j2."waitingReason" is not null or r.job is not null) n
     where n.id = j.id and j."waitingReason" is distinct from n.reason returning j.id`;
  for (const { id } of changed) await notifyChange(transaction, { what: 'job', job: id });
}
