import { add, NO_RESOURCE, type QueueConfig, type QueueName, type Resource, StreamError } from '@millrace/model';
import { notifyChange } from '../changes.ts';
import type { Queryable } from '../client.ts';
import { known } from '../words.ts';
import { type Actor, recordAudit } from './audit.ts';
import { writeOutbox } from './outbox.ts';

const POLICIES = ['fifo', 'fair'] as const;
const STATES = ['running', 'stopped'] as const;

/** A queue with its load. `used`, `pending` and the counts include everything below it. */
export interface QueueRow extends QueueConfig {
  readonly version: number;
  readonly updatedAt: Date;
  readonly used: Resource;
  /** Asked for and not granted. */
  readonly pending: Resource;
  readonly runningApplications: number;
  /** Jobs that wait for admission or for containers. */
  readonly waitingJobs: number;
}

/** The tree without its load, parents first: what `schedule` and `validateQueues` take. */
export async function listQueueConfigs(
  db: Queryable,
): Promise<readonly (QueueConfig & { readonly version: number })[]> {
  return (await db.queue.findMany({ orderBy: { name: 'asc' } })).map((row) => ({
    ...config(row),
    version: row.version,
  }));
}

interface Load {
  readonly name: string;
  readonly usedVcores: number;
  readonly usedMemoryMb: number;
  readonly pendingVcores: number;
  readonly pendingMemoryMb: number;
  readonly running: number;
  readonly waiting: number;
}

/** All queues with their load, by name: parents before children. */
export async function listQueues(db: Queryable): Promise<readonly QueueRow[]> {
  const rows = await db.queue.findMany({ orderBy: { name: 'asc' } });
  const loads = await db.$queryRaw<Load[]>`
    with asked as (
      select a.id, a."queueName", a.attempt, ask->>'id' as request,
             (ask->'resource'->>'vcores')::float8 as vcores, (ask->'resource'->>'memoryMb')::float8 as memory
        from "Application" a, jsonb_array_elements(a.asks) ask where a.phase <> 'ended'
      union all
      select a.id, a."queueName", a.attempt, 'master',
             (v.settings->'containers'->'master'->'vcores')::float8, (v.settings->'containers'->'master'->'memoryMb')::float8
        from "Application" a join "JobVersion" v on v."jobId" = a."jobId" and v.version = a.version where a.phase = 'waiting'),
    pending as (
      select * from asked where not exists (select 1 from "Container" c
        where c."applicationId" = asked.id and c.attempt = asked.attempt and c."requestId" = asked.request))
    select q.name,
      (select coalesce(sum(vcores), 0) from "Container" c
        where c."queueName" = q.name and c.status in ('allocated', 'launching', 'running', 'stopping'))::float8 as "usedVcores",
      (select coalesce(sum("memoryMb"), 0) from "Container" c
        where c."queueName" = q.name and c.status in ('allocated', 'launching', 'running', 'stopping'))::float8 as "usedMemoryMb",
      (select coalesce(sum(vcores), 0) from pending p where p."queueName" = q.name)::float8 as "pendingVcores",
      (select coalesce(sum(memory), 0) from pending p where p."queueName" = q.name)::float8 as "pendingMemoryMb",
      (select count(*) from "Application" a where a."queueName" = q.name and a.phase <> 'ended')::int as running,
      (select count(*) from "Job" j where j."queueName" = q.name and j."waitingReason" is not null)::int as waiting
      from "Queue" q`;
  return rows.map((row) => {
    const below = loads.filter((load) => load.name === row.name || load.name.startsWith(`${row.name}.`));
    return {
      ...config(row),
      version: row.version,
      updatedAt: row.updatedAt,
      used: below.map(({ usedVcores, usedMemoryMb }) => resource(usedVcores, usedMemoryMb)).reduce(add, NO_RESOURCE),
      pending: below.map((load) => resource(load.pendingVcores, load.pendingMemoryMb)).reduce(add, NO_RESOURCE),
      runningApplications: below.reduce((sum, load) => sum + load.running, 0),
      waitingJobs: below.reduce((sum, load) => sum + load.waiting, 0),
    };
  });
}

/**
 * Creates a queue; whether the tree may look like this is `validateQueues`' word, asked by the caller
 * before. Throws `queue.name-taken`, `queue.has-jobs` when jobs run in the parent.
 */
export async function createQueue(transaction: Queryable, queue: QueueConfig, actor: Actor): Promise<void> {
  if ((await transaction.queue.findUnique({ where: { name: queue.name } })) !== null)
    throw refused('queue.name-taken', `There is already a queue "${queue.name}".`);
  if (queue.parent !== undefined) await assertNoJobs(transaction, queue.parent);
  await transaction.queue.create({ data: { name: queue.name, parentName: queue.parent ?? null, ...columns(queue) } });
  await changed(transaction, queue.name, { actor, action: 'queue.create', after: queue });
}

/** The pools of a fresh installation, parents before children. */
export async function createPools(transaction: Queryable, pools: readonly QueueConfig[], actor: Actor): Promise<void> {
  for (const pool of pools) await createQueue(transaction, pool, actor);
}

/**
 * Replaces the settings of a queue. `version` is the one the editor saw: another edit in between is
 * `queue.changed-meanwhile` and nothing is written. Name and parent never change.
 */
export async function updateQueue(
  transaction: Queryable,
  edit: { readonly queue: QueueConfig; readonly version: number },
  actor: Actor,
): Promise<void> {
  const { queue, version } = edit;
  const before = await transaction.queue.findUnique({ where: { name: queue.name } });
  if (before === null) throw refused('queue.missing', `There is no queue "${queue.name}" any more.`);
  const { count } = await transaction.queue.updateMany({
    where: { name: queue.name, version },
    data: { ...columns(queue), version: { increment: 1 } },
  });
  if (count === 0)
    throw refused(
      'queue.changed-meanwhile',
      `Queue "${queue.name}" was changed meanwhile. Nothing was applied; compare with the new settings and apply again.`,
    );
  await changed(transaction, queue.name, { actor, action: 'queue.update', before: config(before), after: queue });
}

/** Throws `queue.has-children`, `queue.has-jobs`, `queue.missing`. Deleted jobs keep their queue by name only while they run. */
export async function deleteQueue(transaction: Queryable, name: string, actor: Actor): Promise<void> {
  const before = await transaction.queue.findUnique({ where: { name }, include: { children: { take: 1 } } });
  if (before === null) throw refused('queue.missing', `There is no queue "${name}".`);
  if (before.parentName === null) throw refused('queue.is-root', 'The root of the tree cannot be deleted.');
  if (before.children.length > 0) throw refused('queue.has-children', `Delete the queues below "${name}" first.`);
  await assertNoJobs(transaction, name);
  await transaction.job.updateMany({
    where: { queueName: name, deletedAt: { not: null } },
    data: { queueName: before.parentName },
  });
  await transaction.queue.delete({ where: { name } });
  await changed(transaction, name, { actor, action: 'queue.delete', before: config(before) });
}

async function assertNoJobs(transaction: Queryable, name: string): Promise<void> {
  const jobs = await transaction.job.findMany({
    where: { queueName: name, OR: [{ deletedAt: null }, { applications: { some: { phase: { not: 'ended' } } } }] },
    select: { name: true },
    take: 3,
  });
  if (jobs.length > 0)
    throw refused(
      'queue.has-jobs',
      `Queue "${name}" has jobs: ${jobs.map((job) => job.name).join(', ')}. Move or delete them first.`,
    );
}

async function changed(
  transaction: Queryable,
  queue: string,
  audit: { readonly actor: Actor; readonly action: string; readonly before?: unknown; readonly after?: unknown },
): Promise<void> {
  await recordAudit(transaction, { ...audit, resource: `queue/${queue}` });
  await writeOutbox(transaction, { reason: 'queue-changed' });
  await notifyChange(transaction, { what: 'queue', queue });
}

interface Stored {
  readonly name: string;
  readonly parentName: string | null;
  readonly policy: string;
  readonly guaranteedVcores: number;
  readonly guaranteedMemoryMb: number;
  readonly maximumVcores: number;
  readonly maximumMemoryMb: number;
  readonly state: string;
  readonly maxApplications: number;
}

function config(row: Stored): QueueConfig {
  return {
    name: row.name as QueueName,
    parent: row.parentName === null ? undefined : (row.parentName as QueueName),
    policy: known(POLICIES, row.policy),
    guaranteed: resource(row.guaranteedVcores, row.guaranteedMemoryMb),
    maximum: resource(row.maximumVcores, row.maximumMemoryMb),
    state: known(STATES, row.state),
    maxApplications: row.maxApplications,
  };
}

function columns(queue: QueueConfig) {
  return {
    policy: queue.policy,
    guaranteedVcores: queue.guaranteed.vcores,
    guaranteedMemoryMb: queue.guaranteed.memoryMb,
    maximumVcores: queue.maximum.vcores,
    maximumMemoryMb: queue.maximum.memoryMb,
    state: queue.state,
    maxApplications: queue.maxApplications,
  };
}

function resource(vcores: number, memoryMb: number): Resource {
  return { vcores, memoryMb };
}

function refused(code: string, message: string): StreamError {
  return new StreamError(code, message, { domain: 'user', retry: 'never' });
}
