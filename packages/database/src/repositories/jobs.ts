import type { DesiredState, JobStatus, MetricName } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { desiredState, jobStatus } from '../words.ts';
import { type CheckpointRow, checkpointRow } from './checkpoints.ts';

/** A line of the job list. */
export interface JobSummary {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly statusReason: string | null;
  readonly waitingReason: string | null;
  readonly statusAt: Date;
  /** Last time somebody confirmed the status; old while active means "unreachable since". */
  readonly observedAt: Date;
  readonly desired: DesiredState | undefined;
  /** The scheduler has not acted on the newest wish yet. */
  readonly pending: boolean;
  readonly latestVersion: number;
  /** Of the current or last run. */
  readonly application: {
    readonly id: string;
    readonly version: number;
    readonly submittedAt: Date;
    readonly startedAt: Date | null;
    readonly endedAt: Date | null;
    readonly reportAt: Date | null;
  } | null;
  readonly engine: string | null;
  readonly guarantee: string | null;
  readonly parallelism: number | null;
  /** Job-wide figures of the last report, by metric name. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  readonly lastCheckpoint: {
    readonly id: number;
    readonly kind: string;
    readonly completedAt: Date;
    readonly sizeBytes: number;
  } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const JOB_SORTS = ['name', 'status', 'queue', 'owner', 'updatedAt', 'throughput', 'lag', 'checkpoint'] as const;
export type JobSort = (typeof JOB_SORTS)[number];

export interface JobFilter {
  /** Part of the name or the owner's name, any case. */
  readonly search?: string;
  readonly statuses?: readonly JobStatus[];
  /** This queue and everything below it. */
  readonly queue?: string;
  readonly sort: JobSort;
  readonly direction: 'ascending' | 'descending';
  /** From 0. */
  readonly page: number;
  readonly pageSize: number;
}

const ORDER: Readonly<Record<JobSort, Prisma.Sql>> = {
  name: Prisma.sql`lower(j.name)`,
  status: Prisma.sql`j.status`,
  queue: Prisma.sql`j."queueName"`,
  owner: Prisma.sql`lower(u."displayName")`,
  updatedAt: Prisma.sql`j."statusAt"`,
  throughput: Prisma.sql`(a.report->'metrics'->>'records_in_per_second')::float8`,
  lag: Prisma.sql`(a.report->'metrics'->>'source_lag_records')::float8`,
  checkpoint: Prisma.sql`c."completedAt"`,
};

interface SummaryRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly queue: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly waitingReason: string | null;
  readonly statusAt: Date;
  readonly observedAt: Date;
  readonly desired: string | null;
  readonly pending: boolean;
  readonly latestVersion: number | null;
  readonly applicationId: string | null;
  readonly version: number | null;
  readonly submittedAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly reportAt: Date | null;
  readonly engine: string | null;
  readonly guarantee: string | null;
  readonly parallelism: number | null;
  readonly metrics: Readonly<Partial<Record<MetricName, number>>> | null;
  readonly checkpointId: number | null;
  readonly checkpointKind: string | null;
  readonly checkpointAt: Date | null;
  readonly checkpointBytes: bigint | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const SUMMARY = Prisma.sql`
  from "Job" j
  join "User" u on u.id = j."ownerId"
  left join lateral (select * from "Application" where "jobId" = j.id order by "submittedAt" desc limit 1) a on true
  left join lateral (select max(version) as latest from "JobVersion" where "jobId" = j.id) l on true
  left join "JobVersion" v on v."jobId" = j.id and v.version = coalesce(a.version, j."desiredVersion", l.latest)
  left join lateral (select id, kind, "completedAt", "sizeBytes" from "Checkpoint"
                      where "jobId" = j.id and status = 'completed' order by "completedAt" desc limit 1) c on true`;

const COLUMNS = Prisma.sql`
  j.id, j.name, u."displayName" as owner, j."queueName" as queue, j.status, j."statusReason", j."waitingReason", j."statusAt",
  j."observedAt", j."desiredState" as desired, j."desiredGeneration" > j."observedGeneration" as pending,
  l.latest as "latestVersion", a.id as "applicationId", a.version, a."submittedAt", a."startedAt", a."endedAt", a."reportAt",
  v.settings->>'engine' as engine, v.settings->>'guarantee' as guarantee, (v.settings->>'parallelism')::int as parallelism,
  a.report->'metrics' as metrics, c.id as "checkpointId", c.kind as "checkpointKind", c."completedAt" as "checkpointAt",
  c."sizeBytes" as "checkpointBytes", j."createdAt", j."updatedAt"`;

/** Jobs that are not deleted, filtered, sorted and paged by the database. */
export async function listJobs(
  db: Queryable,
  filter: JobFilter,
): Promise<{ readonly total: number; readonly jobs: readonly JobSummary[] }> {
  const conditions = [Prisma.sql`j."deletedAt" is null`];
  if (filter.search !== undefined && filter.search !== '') {
    const pattern = `%${filter.search.replaceAll(/[\\%_]/g, '\\$&')}%`;
    conditions.push(Prisma.sql`(j.name ilike ${pattern} or u."displayName" ilike ${pattern})`);
  }
  if (filter.statuses !== undefined) conditions.push(Prisma.sql`j.status = any(${[...filter.statuses]})`);
  if (filter.queue !== undefined)
    conditions.push(Prisma.sql`(j."queueName" = ${filter.queue} or starts_with(j."queueName", ${`${filter.queue}.`}))`);
  const where = Prisma.join(conditions, ' and ');
  const direction = filter.direction === 'ascending' ? Prisma.sql`asc` : Prisma.sql`desc`;
  const [count] = await db.$queryRaw<{ total: bigint }[]>`
    select count(*) as total from "Job" j join "User" u on u.id = j."ownerId" where ${where}`;
  const rows = await db.$queryRaw<SummaryRow[]>`
    select ${COLUMNS} ${SUMMARY} where ${where}
     order by ${ORDER[filter.sort]} ${direction} nulls last, j.id
     limit ${filter.pageSize} offset ${filter.page * filter.pageSize}`;
  return { total: Number(count?.total ?? 0), jobs: rows.map(summary) };
}

/** Undefined when it does not exist or is deleted. */
export async function getJob(db: Queryable, id: string): Promise<JobDetail | undefined> {
  const [row] = await db.$queryRaw<SummaryRow[]>`
    select ${COLUMNS} ${SUMMARY} where j.id = ${id} and j."deletedAt" is null`;
  if (row === undefined) return undefined;
  const job = await db.job.findUniqueOrThrow({ where: { id } });
  const application =
    row.applicationId === null ? null : await db.application.findUnique({ where: { id: row.applicationId } });
  const restored =
    application?.restoredFrom == null
      ? null
      : await db.checkpoint.findUnique({ where: { jobId_id: { jobId: id, id: application.restoredFrom } } });
  return {
    ...summary(row),
    ownerId: job.ownerId,
    desiredVersion: job.desiredVersion,
    desiredGeneration: job.desiredGeneration,
    startFrom: job.startFrom,
    run:
      application === null
        ? null
        : {
            attempt: application.attempt,
            masterRestarts: application.masterRestarts,
            phase: application.phase,
            report: application.report,
            restoredFrom: restored === null ? null : checkpointRow(restored),
            restoreReason: application.restoreReason,
            outcome: application.outcome,
            diagnostics: application.diagnostics,
          },
  };
}

export interface JobDetail extends JobSummary {
  readonly ownerId: string;
  readonly desiredVersion: number | null;
  readonly desiredGeneration: number;
  readonly startFrom: string;
  readonly run: {
    readonly attempt: number;
    readonly masterRestarts: number;
    readonly phase: string;
    /** ExecutionReport of the model as JSON; null before the first one. */
    readonly report: unknown;
    readonly restoredFrom: CheckpointRow | null;
    readonly restoreReason: string | null;
    readonly outcome: string | null;
    readonly diagnostics: string | null;
  } | null;
}

export interface JobVersionRow {
  readonly version: number;
  readonly sqlText: string;
  /** JobSettings as JSON */
  readonly settings: unknown;
  readonly comment: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** Newest first. */
export async function listVersions(db: Queryable, jobId: string, limit = 100): Promise<readonly JobVersionRow[]> {
  return db.jobVersion.findMany({
    where: { jobId },
    omit: { plan: true, jobId: true },
    orderBy: { version: 'desc' },
    take: limit,
  });
}

export async function getVersion(
  db: Queryable,
  jobId: string,
  version: number,
): Promise<(JobVersionRow & { readonly plan: unknown }) | undefined> {
  const row = await db.jobVersion.findUnique({ where: { jobId_version: { jobId, version } }, omit: { jobId: true } });
  return row ?? undefined;
}

function summary(row: SummaryRow): JobSummary {
  const { applicationId, version, submittedAt, startedAt, endedAt, reportAt, ...rest } = row;
  const { checkpointId, checkpointKind, checkpointAt, checkpointBytes, ...job } = rest;
  return {
    ...job,
    status: jobStatus(row.status),
    desired: desiredState(row.desired),
    latestVersion: row.latestVersion ?? 0,
    metrics: row.metrics ?? {},
    application:
      applicationId === null || version === null || submittedAt === null
        ? null
        : { id: applicationId, version, submittedAt, startedAt, endedAt, reportAt },
    lastCheckpoint:
      checkpointId === null || checkpointAt === null
        ? null
        : {
            id: checkpointId,
            kind: checkpointKind ?? 'checkpoint',
            completedAt: checkpointAt,
            sizeBytes: Number(checkpointBytes ?? 0n),
          },
  };
}
