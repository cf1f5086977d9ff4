import path from 'node:path';
import { containerStatus, type Database, notifyChange, type Queryable, writeOutbox } from '@millrace/database';
import type { ContainerLaunch, NodeHeartbeat, NodeHeartbeatAnswer } from '@millrace/protocol';
import { applicationToken } from '../http/token.ts';
import { type ContainerUpdate, decideNode } from './node-report.ts';

export interface NodeHeartbeatParts {
  readonly database: Database;
  readonly clusterToken: string;
  readonly checkpointDir: string;
  readonly schedulerUrl: () => string;
  readonly forgottenMs: number;
}

interface Row {
  readonly id: string;
  readonly applicationId: string;
  readonly attempt: number;
  readonly role: string;
  readonly status: string;
  readonly vcores: number;
  readonly memoryMb: number;
  readonly reason: string | null;
  readonly outdated: boolean;
  readonly stoppingForMs: number;
  readonly jobId: string;
  readonly jobName: string;
  readonly masterAddress: string | null;
}

/** Takes a report of an agent down and answers what should be. Repeating one changes nothing more. */
export async function takeNodeHeartbeat(
  parts: NodeHeartbeatParts,
  heartbeat: NodeHeartbeat,
): Promise<NodeHeartbeatAnswer> {
  return parts.database.transaction(async (transaction) => {
    await saveNode(transaction, heartbeat);
    const rows = await containersOf(transaction, heartbeat);
    const known = rows.map((row) => ({ ...row, status: containerStatus(row.status) }));
    const decision = decideNode(heartbeat.containers, known, parts.forgottenMs);
    await saveContainers(transaction, decision.updates);
    for (const jobId of new Set(jobsOf(rows, decision.updates))) {
      await writeOutbox(transaction, { jobId, reason: 'job-changed' });
      await notifyChange(transaction, { what: 'container', job: jobId });
    }
    const wanted = new Set(decision.wanted);
    return {
      wanted: rows.filter(({ id }) => wanted.has(id)).map((row) => launch(parts, row)),
      stop: [...decision.stop],
      forget: [...decision.forget],
    };
  });
}

/** A new node, one that comes back and one that changed its size are worth a look at who waits. */
async function saveNode(
  transaction: Queryable,
  { node, incarnation, capacity, used, logUrl }: NodeHeartbeat,
): Promise<void> {
  const memoryMb = Math.floor(capacity.memoryMb);
  const usedMemoryMb = used.memoryMb === null ? null : Math.round(used.memoryMb);
  const before = await transaction.node.findUnique({ where: { id: node } });
  await transaction.$executeRaw`
    insert into "Node" (id, incarnation, vcores, "memoryMb", "logUrl", "cpuRatio", "usedMemoryMb", "lastHeartbeatAt")
    values (${node}, ${incarnation}, ${capacity.vcores}, ${memoryMb}, ${logUrl}, ${used.cpuRatio}, ${usedMemoryMb}, clock_timestamp())
    on conflict (id) do update set incarnation = excluded.incarnation, vcores = excluded.vcores, "memoryMb" = excluded."memoryMb",
      "logUrl" = excluded."logUrl", "cpuRatio" = excluded."cpuRatio", "usedMemoryMb" = excluded."usedMemoryMb",
      "lastHeartbeatAt" = clock_timestamp(),
      status = case "Node".status when 'lost' then 'running' else "Node".status end`;
  const same = before?.status !== 'lost' && before?.vcores === capacity.vcores && before.memoryMb === memoryMb;
  if (!same) await writeOutbox(transaction, { reason: 'node-changed' });
  await notifyChange(transaction, { what: 'node', node });
}

async function containersOf(transaction: Queryable, { node, containers }: NodeHeartbeat): Promise<readonly Row[]> {
  return transaction.$queryRaw<Row[]>`
    select c.id, c."applicationId", c.attempt, c.role, c.status, c.vcores, c."memoryMb", c.reason,
           a.phase = 'ended' or a.attempt <> c.attempt as outdated, a."masterAddress", j.id as "jobId", j.name as "jobName",
           coalesce(extract(epoch from clock_timestamp() - c."stoppingAt") * 1000, 0)::float8 as "stoppingForMs"
      from "Container" c join "Application" a on a.id = c."applicationId" join "Job" j on j.id = a."jobId"
     where c."nodeId" = ${node} and (c.status in ('allocated', 'launching', 'running', 'stopping')
        or c.id = any(${containers.map(({ id }) => id)}))
     order by c.id for no key update of c`;
}

async function saveContainers(transaction: Queryable, updates: readonly ContainerUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  await transaction.$executeRaw`
    update "Container" c set status = u.status, pid = coalesce(u.pid, c.pid), "exitCode" = coalesce(u."exitCode", c."exitCode"),
           reason = u.reason, "rssBytes" = u."rssBytes",
           "startedAt" = coalesce(c."startedAt", to_timestamp(u."startedAt" / 1000.0)),
           "endedAt" = case when u.ended then clock_timestamp() else c."endedAt" end
      from jsonb_to_recordset(${JSON.stringify(updates)}::jsonb) as u(
        id text, status text, pid int, "exitCode" int, reason text, "rssBytes" bigint, "startedAt" float8, ended boolean)
     where c.id = u.id and (c.status, c.pid, c."rssBytes", c."startedAt" is null)
        is distinct from (u.status, coalesce(u.pid, c.pid), u."rssBytes", u."startedAt" is null)`;
}

/** Jobs whose container ended or came up with this report. */
function jobsOf(rows: readonly Row[], updates: readonly ContainerUpdate[]): readonly string[] {
  const before = new Map(rows.map((row) => [row.id, row]));
  return updates.flatMap(({ id, status }) => {
    const row = before.get(id);
    return row === undefined || row.status === status ? [] : [row.jobId];
  });
}

function launch(parts: NodeHeartbeatParts, row: Row): ContainerLaunch {
  return {
    id: row.id,
    resource: { vcores: row.vcores, memoryMb: row.memoryMb },
    config: {
      container: row.id,
      application: row.applicationId,
      job: { id: row.jobId, name: row.jobName },
      role: row.role === 'master' ? 'master' : 'worker',
      attempt: row.attempt,
      schedulerUrl: parts.schedulerUrl(),
      token: applicationToken(parts.clusterToken, row.applicationId, row.attempt),
      checkpointDir: path.join(parts.checkpointDir, row.jobId),
      memoryMb: row.memoryMb,
      ...(row.role === 'master' || row.masterAddress === null ? {} : { masterAddress: row.masterAddress }),
    },
  };
}
