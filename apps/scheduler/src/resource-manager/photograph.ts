import { type Database, listQueueConfigs } from '@millrace/database';
import type { ApplicationId, Container, ContainerId, ContainerRequest, NodeId, QueueName } from '@millrace/model';
import type { ClusterSnapshot } from '@millrace/resource-manager';
import { z } from 'zod';

/** What a request of the photograph stands for in the database. */
interface Wanted {
  readonly jobId: string;
  readonly applicationId: string;
  readonly attempt: number;
  /** `master`, or the id the master asked with. */
  readonly requestId: string;
}

export interface Photograph {
  readonly snapshot: ClusterSnapshot & {
    readonly admitted: readonly { application: ApplicationId; queue: QueueName }[];
  };
  /** By request id. */
  readonly wanted: ReadonlyMap<string, Wanted>;
}

export const MASTER_REQUEST = 'master';

const resource = z.object({ vcores: z.number(), memoryMb: z.number() });
const asksSchema = z.array(z.object({ id: z.string(), resource, gang: z.string().optional() }));

interface RunRow {
  readonly jobId: string;
  readonly application: string;
  readonly attempt: number;
  readonly queue: string;
  readonly submittedAt: Date;
  readonly masterResource: unknown;
  readonly asks: unknown;
  readonly granted: readonly string[];
  /** No live master of any attempt, and its time has come. */
  readonly needsMaster: boolean;
  readonly admitted: boolean;
}

/** Nodes, pools, what is held and what is asked for, as they are now. Rebuilt from the tables every time: nothing is remembered over a restart. */
export async function takePhotograph(database: Database, suspectMs: number): Promise<Photograph> {
  const { client } = database;
  const nodes = await client.$queryRaw<{ id: string; vcores: number; memoryMb: number; healthy: boolean }[]>`
    select id, vcores, "memoryMb",
           status = 'running' and "lastHeartbeatAt" > clock_timestamp() - ${suspectMs} * interval '1 ms' as healthy
      from "Node" where status <> 'lost'`;
  const held = await client.container.findMany({
    where: { status: { in: ['allocated', 'launching', 'running', 'stopping'] } },
  });
  const runs = await client.$queryRaw<RunRow[]>`
    select a."jobId", a.id as application, a.attempt, a."queueName" as queue, a."submittedAt",
           v.settings->'containers'->'master' as "masterResource", a.asks,
           array(select c."requestId" from "Container" c where c."applicationId" = a.id and c.attempt = a.attempt) as granted,
           a.phase = 'waiting' and coalesce(a."nextAttemptAt" <= clock_timestamp(), true) and not exists (
             select 1 from "Container" c where c."applicationId" = a.id and c.role = 'master'
                and (c.attempt = a.attempt or c.status in ('allocated', 'launching', 'running', 'stopping'))) as "needsMaster",
           exists (select 1 from "Container" c where c."applicationId" = a.id) as admitted
      from "Application" a
      join "Job" j on j.id = a."jobId"
      join "JobVersion" v on v."jobId" = a."jobId" and v.version = a.version
     where a.phase <> 'ended' and j."deletedAt" is null and j."desiredState" <> 'canceled'`;
  const wanted = new Map<string, Wanted>();
  const pending = runs.flatMap((run) => requestsOf(run, wanted));
  return {
    snapshot: {
      nodes: nodes.map(({ id, vcores, memoryMb, healthy }) => ({
        id: id as NodeId,
        capacity: { vcores, memoryMb },
        healthy,
      })),
      queues: await listQueueConfigs(client),
      running: held.map(
        (row): Container => ({
          id: row.id as ContainerId,
          application: row.applicationId as ApplicationId,
          role: row.role === 'master' ? 'master' : 'worker',
          node: row.nodeId as NodeId,
          queue: row.queueName as QueueName,
          resource: { vcores: row.vcores, memoryMb: row.memoryMb },
        }),
      ),
      pending,
      admitted: runs
        .filter((run) => run.admitted)
        .map((run) => ({ application: run.application as ApplicationId, queue: run.queue as QueueName })),
    },
    wanted,
  };
}

function requestsOf(run: RunRow, wanted: Map<string, Wanted>): readonly ContainerRequest[] {
  const asks = asksSchema.parse(run.asks).filter((ask) => !run.granted.includes(ask.id));
  const master = run.needsMaster
    ? [{ id: MASTER_REQUEST, resource: resource.parse(run.masterResource), gang: undefined }]
    : [];
  return [...master, ...asks].map((ask) => {
    const id = `${run.application}/${run.attempt}/${ask.id}`;
    wanted.set(id, { jobId: run.jobId, applicationId: run.application, attempt: run.attempt, requestId: ask.id });
    return {
      id,
      application: run.application as ApplicationId,
      role: ask.id === MASTER_REQUEST ? 'master' : 'worker',
      queue: run.queue as QueueName,
      resource: ask.resource,
      gang: ask.gang,
      requestedAt: run.submittedAt.getTime(),
    };
  });
}
