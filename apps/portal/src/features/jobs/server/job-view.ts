import type { CheckpointRow, JobDetail, JobSummary } from '@millrace/database';
import { isActive } from '@millrace/model';
import { executionReportSchema, jobSettingsSchema } from '@millrace/protocol';
import type { CheckpointView, JobDetailView, JobSummaryView } from '@millrace/protocol/api';

/** An active job that nobody confirmed for this long is shown as not reachable, never as something it may not be. */
const STALE_MS = 10_000;
/** Figures older than this are unknown, not current. */
const REPORT_FRESH_MS = 10_000;

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
    outcome: job.run?.outcome ?? null,
    diagnostics: job.run?.diagnostics ?? null,
    restoredFrom: job.run?.restoredFrom == null ? null : checkpointView(job.run.restoredFrom),
    restoreReason: job.run?.restoreReason ?? null,
    graph: report.success ? report.data.graph : null,
    sql: version.sqlText,
    settings: jobSettingsSchema.parse(version.settings),
  };
}

export function checkpointView(row: CheckpointRow): CheckpointView {
  const { id, kind, status, sizeBytes, failure } = row;
  return {
    id,
    kind,
    status,
    sizeBytes,
    failure,
    triggeredAt: row.triggeredAt.toISOString(),
    completedAt: row.completedAt?.toISOString() ?? null,
    durationMs: row.completedAt === null ? null : row.completedAt.getTime() - row.triggeredAt.getTime(),
  };
}
