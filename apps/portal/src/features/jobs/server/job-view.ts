import {
  type ApplicationRow,
  type CheckpointRow,
  type ContainerRow,
  type JobDetail,
  type JobEventRow,
  type JobSummary,
  refusalOf,
} from '@millrace/database';
import { isActive } from '@millrace/model';
import { executionReportSchema, jobSettingsSchema } from '@millrace/protocol';
import type {
  ApplicationView,
  CheckpointView,
  ContainerView,
  EventView,
  JobDetailView,
  JobSummaryView,
} from '@millrace/protocol/api';

/** An active job that nobody confirmed for this long is shown as not reachable, never as something it may not be. */
const STALE_MS = 10_000;
/** Figures older than this are unknown, not current. */
const REPORT_FRESH_MS = 15_000;

/** Database row to what travels: moments as text, unknown figures left out. `now` in epoch ms. Pure. */
export function jobSummaryView(job: JobSummary, now: number): JobSummaryView {
  const reportAt = job.application?.reportAt ?? null;
  const fresh = reportAt !== null && now - reportAt.getTime() < REPORT_FRESH_MS && isActive(job.status);
  return {
    id: job.id,
    name: job.name,
    owner: job.owner,
    queue: job.queue,
    status: job.status,
    statusReason: job.statusReason,
    waitingReason: job.waitingReason,
    statusAt: job.statusAt.toISOString(),
    observedAt: job.observedAt.toISOString(),
    stale: isActive(job.status) && now - job.observedAt.getTime() > STALE_MS,
    desired: job.desired ?? null,
    pending: job.pending,
    engine: job.engine,
    guarantee: job.guarantee,
    parallelism: job.parallelism,
    version: job.application?.version ?? null,
    latestVersion: job.latestVersion,
    startedAt: job.application?.startedAt?.toISOString() ?? null,
    reportAt: reportAt?.toISOString() ?? null,
    metrics: fresh ? (job.metrics as Record<string, number>) : {},
    lastCheckpoint:
      job.lastCheckpoint === null
        ? null
        : { ...job.lastCheckpoint, completedAt: job.lastCheckpoint.completedAt.toISOString() },
  };
}

export function jobDetailView(
  job: JobDetail,
  version: { readonly sqlText: string; readonly settings: unknown },
  now: number,
): JobDetailView {
  const report = executionReportSchema.safeParse(job.run?.report);
  return {
    ...jobSummaryView(job, now),
    applicationId: job.application?.id ?? null,
    attempt: job.run?.attempt ?? null,
    masterRestarts: job.run?.masterRestarts ?? null,
    phase: job.run?.phase ?? null,
    outcome: job.run?.outcome ?? null,
    diagnostics: job.run?.diagnostics ?? null,
    restoredFrom: job.run?.restoredFrom == null ? null : checkpointView(job.run.restoredFrom),
    restoreReason: job.run?.restoreReason ?? null,
    graph: report.success ? report.data.graph : null,
    sql: version.sqlText,
    settings: jobSettingsSchema.parse(version.settings),
    createdAt: job.createdAt.toISOString(),
    refusals: refusalsOf(job),
  };
}

/** Why a button cannot be pressed now; the transaction behind it checks the same rule again. */
function refusalsOf({ status, desired, pending }: JobDetail): JobDetailView['refusals'] {
  const starting = pending && desired === 'running';
  const start = starting ? 'The job is already starting.' : refusalOf(status, 'running');
  const stop = refusalOf(status, 'suspended');
  const cancel = starting ? undefined : refusalOf(status, 'canceled');
  const savepoint =
    status === 'running' ? undefined : `The job is ${status}; a savepoint can be taken while it is running.`;
  return {
    ...(start === undefined ? {} : { start }),
    ...(stop === undefined ? {} : { stop }),
    ...(cancel === undefined ? {} : { cancel }),
    ...(savepoint === undefined ? {} : { savepoint }),
  };
}

export function checkpointView(row: CheckpointRow): CheckpointView {
  const { id, kind, status, applicationId, attempt, sizeBytes, writtenBytes, failure } = row;
  return {
    ...{ id, kind, status, applicationId, attempt, sizeBytes, writtenBytes, failure },
    triggeredAt: row.triggeredAt.toISOString(),
    completedAt: row.completedAt?.toISOString() ?? null,
    durationMs: row.completedAt === null ? null : row.completedAt.getTime() - row.triggeredAt.getTime(),
  };
}

export function containerView(row: ContainerRow): ContainerView {
  const { id, applicationId, attempt, role, nodeId, resource, status, pid, exitCode, reason, rssBytes } = row;
  return {
    ...{ id, applicationId, attempt, role, node: nodeId, status, pid, exitCode, reason, rssBytes },
    ...resource,
    allocatedAt: row.allocatedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

export function applicationView(row: ApplicationRow): ApplicationView {
  const {
    id,
    version,
    queueName,
    attempt,
    masterRestarts,
    phase,
    startFrom,
    restoredFrom,
    restoreReason,
    outcome,
    diagnostics,
  } = row;
  return {
    ...{
      id,
      version,
      queue: queueName,
      attempt,
      masterRestarts,
      phase,
      startFrom,
      restoredFrom,
      restoreReason,
      outcome,
      diagnostics,
    },
    submittedAt: row.submittedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

export function eventView({ id, at, kind, severity, message, jobId }: JobEventRow): EventView {
  return { id, at: at.toISOString(), kind, severity, message, jobId };
}
