import type { CheckpointKind, CompletedCheckpoint } from '@millrace/model';
import { notifyChange } from '../changes.ts';
import type { Queryable } from '../client.ts';
import { known } from '../words.ts';

const KINDS = ['checkpoint', 'savepoint'] as const satisfies readonly CheckpointKind[];
const STATUSES = ['completed', 'failed', 'discarded'] as const;

export interface CheckpointRow {
  readonly id: number;
  readonly kind: CheckpointKind;
  readonly status: (typeof STATUSES)[number];
  readonly applicationId: string;
  readonly attempt: number;
  readonly triggeredAt: Date;
  readonly completedAt: Date | null;
  /** All state it needs, files of earlier checkpoints included. */
  readonly sizeBytes: number;
  /** State written for it alone. */
  readonly writtenBytes: number;
  readonly location: string | null;
  readonly failure: string | null;
}

export interface CheckpointFilter {
  readonly kind?: CheckpointKind;
  readonly status?: CheckpointRow['status'];
  /** Only older ids: the next page. */
  readonly before?: number;
  readonly limit: number;
}

/** Newest first, without their metadata. */
export async function listCheckpoints(
  db: Queryable,
  jobId: string,
  filter: CheckpointFilter,
): Promise<readonly CheckpointRow[]> {
  const rows = await db.checkpoint.findMany({
    where: {
      jobId,
      ...(filter.kind === undefined ? {} : { kind: filter.kind }),
      ...(filter.status === undefined ? {} : { status: filter.status }),
      ...(filter.before === undefined ? {} : { id: { lt: filter.before } }),
    },
    omit: { metadata: true },
    orderBy: { id: 'desc' },
    take: filter.limit,
  });
  return rows.map(checkpointRow);
}

export interface CheckpointTotals {
  readonly completed: number;
  readonly failed: number;
  readonly savepoints: number;
}

export async function countCheckpoints(db: Queryable, jobId: string): Promise<CheckpointTotals> {
  const [row] = await db.$queryRaw<{ completed: bigint; failed: bigint; savepoints: bigint }[]>`
    select count(*) filter (where status <> 'failed') as completed, count(*) filter (where status = 'failed') as failed,
           count(*) filter (where status = 'completed' and kind = 'savepoint') as savepoints
      from "Checkpoint" where "jobId" = ${jobId}`;
  return {
    completed: Number(row?.completed ?? 0),
    failed: Number(row?.failed ?? 0),
    savepoints: Number(row?.savepoints ?? 0),
  };
}

/** Whose write it is: refused unless this is still the application's attempt. */
export interface Fence {
  readonly applicationId: string;
  readonly attempt: number;
}

export type CheckpointOutcome = 'stored' | 'already-stored' | 'conflict' | 'fenced';

/**
 * Makes a checkpoint count. Insert and attempt check are one statement, and the application's row is
 * locked by it (after the job's, the order that everybody keeps): a new attempt waits for this insert or prevents it, so it never starts from an older
 * checkpoint than one that counted. Repeating it is harmless.
 */
export async function storeCheckpoint(
  db: Queryable,
  { applicationId, attempt }: Fence,
  checkpoint: CompletedCheckpoint,
): Promise<CheckpointOutcome> {
  const rows = await db.$queryRaw<{ jobId: string }[]>`
    with job as materialized (
      select id from "Job" where id = (select "jobId" from "Application" where id = ${applicationId}) for no key update),
    fence as (
      select "jobId" from "Application"
       where id = ${applicationId} and attempt = ${attempt} and phase <> 'ended' and "jobId" = (select id from job) for no key update),
    stored as (
      insert into "Checkpoint" ("jobId", id, "applicationId", attempt, kind, status, "triggeredAt", "completedAt", "sizeBytes", "writtenBytes", location, metadata)
      select "jobId", ${checkpoint.id}, ${applicationId}, ${attempt}, ${checkpoint.kind}, 'completed',
             ${new Date(checkpoint.triggeredAt)}, ${new Date(checkpoint.completedAt)}, ${checkpoint.sizeBytes},
             ${checkpoint.writtenBytes ?? checkpoint.sizeBytes}, ${checkpoint.location}, ${JSON.stringify(checkpoint)}::jsonb
        from fence
      on conflict do nothing returning "jobId")
    update "Job" set "lastCheckpointId" = greatest("lastCheckpointId", ${checkpoint.id}) from stored
     where "Job".id = stored."jobId" returning stored."jobId"`;
  const [row] = rows;
  if (row !== undefined) {
    await notifyChange(db, { what: 'checkpoint', job: row.jobId });
    return 'stored';
  }
  const application = await db.application.findUnique({ where: { id: applicationId } });
  if (application === null || application.attempt !== attempt || application.phase === 'ended') return 'fenced';
  const existing = await db.checkpoint.findUnique({
    where: { jobId_id: { jobId: application.jobId, id: checkpoint.id } },
  });
  const same =
    existing?.status === 'completed' && existing.attempt === attempt && existing.applicationId === applicationId;
  return same ? 'already-stored' : 'conflict';
}

/** Its bytes are about to go: it will not be restored from again. False when fenced. */
export async function discardCheckpoint(
  db: Queryable,
  { applicationId, attempt }: Fence,
  id: number,
): Promise<boolean> {
  const rows = await db.$queryRaw<{ jobId: string }[]>`
    with job as materialized (
      select id from "Job" where id = (select "jobId" from "Application" where id = ${applicationId}) for no key update),
    fence as (
      select "jobId" from "Application"
       where id = ${applicationId} and attempt = ${attempt} and phase <> 'ended' and "jobId" = (select id from job) for no key update),
    discarded as (
      update "Checkpoint" c set status = 'discarded', metadata = null from fence
       where c."jobId" = fence."jobId" and c.id = ${id} and c.status = 'completed')
    select "jobId" from fence`;
  const [row] = rows;
  if (row === undefined) return false;
  await notifyChange(db, { what: 'checkpoint', job: row.jobId });
  return true;
}

/** For the event of a failed checkpoint; one that completed after all stays completed. */
export async function recordFailedCheckpoint(
  db: Queryable,
  failed: Fence & {
    readonly jobId: string;
    readonly id: number;
    readonly kind: CheckpointKind;
    readonly at: Date;
    readonly reason: string;
  },
): Promise<void> {
  await db.$executeRaw`
    insert into "Checkpoint" ("jobId", id, "applicationId", attempt, kind, status, "triggeredAt", failure)
    values (${failed.jobId}, ${failed.id}, ${failed.applicationId}, ${failed.attempt}, ${failed.kind}, 'failed', ${failed.at}, ${failed.reason})
    on conflict do nothing`;
}

/** The newest by completion, of one run or of the whole job. `metadata` is a CompletedCheckpoint as JSON. */
export async function newestCheckpoint(
  db: Queryable,
  jobId: string,
  applicationId?: string,
): Promise<(CheckpointRow & { readonly metadata: unknown }) | undefined> {
  const row = await db.checkpoint.findFirst({
    where: { jobId, status: 'completed', ...(applicationId === undefined ? {} : { applicationId }) },
    orderBy: [{ completedAt: 'desc' }, { id: 'desc' }],
  });
  return row === null ? undefined : { ...checkpointRow(row), metadata: row.metadata };
}

export async function findCheckpoint(
  db: Queryable,
  jobId: string,
  id: number,
): Promise<(CheckpointRow & { readonly metadata: unknown }) | undefined> {
  const row = await db.checkpoint.findUnique({ where: { jobId_id: { jobId, id } } });
  return row === null ? undefined : { ...checkpointRow(row), metadata: row.metadata };
}

interface Stored {
  readonly id: number;
  readonly kind: string;
  readonly status: string;
  readonly applicationId: string;
  readonly attempt: number;
  readonly triggeredAt: Date;
  readonly completedAt: Date | null;
  readonly sizeBytes: bigint;
  readonly writtenBytes: bigint | null;
  readonly location: string | null;
  readonly failure: string | null;
}

export function checkpointRow(row: Stored): CheckpointRow {
  const { id, applicationId, attempt, triggeredAt, completedAt, location, failure } = row;
  return {
    id,
    applicationId,
    attempt,
    triggeredAt,
    completedAt,
    location,
    failure,
    kind: known(KINDS, row.kind),
    status: known(STATUSES, row.status),
    sizeBytes: Number(row.sizeBytes),
    writtenBytes: Number(row.writtenBytes ?? row.sizeBytes),
  };
}
