import type { JobSummary } from '@millrace/database';
import { isActive } from '@millrace/model';
import type { Attention } from '@millrace/protocol/api';

const CHECKPOINT_OVERDUE_MS = 120_000;
const LAG_MS = 60_000;
const PENDING_MS = 60_000;
const STALE_MS = 15_000;

/** What a person on call should look at, worst first and of those the newest: one sentence per job, the most telling one. Pure; `now` in epoch ms. */
export function needsAttention(jobs: readonly JobSummary[], now: number): Attention[] {
  const found = jobs.flatMap((job) => {
    const finding = findingOf(job, now);
    return finding === undefined ? [] : [{ jobId: job.id, job: job.name, owner: job.owner, ...finding }];
  });
  return found.sort((a, b) => rank(a) - rank(b) || b.since.localeCompare(a.since));
}

function findingOf(job: JobSummary, now: number): Pick<Attention, 'severity' | 'reason' | 'since'> | undefined {
  const since = job.statusAt.toISOString();
  if (job.status === 'failed')
    return {
      severity: 'error',
      reason: job.statusReason ?? 'failed without a recorded reason; its events may say more',
      since,
    };
  if (!isActive(job.status)) return undefined;
  if (now - job.observedAt.getTime() > STALE_MS) {
    return {
      severity: 'warning',
      reason: 'no word from the job; it may run, but nobody can see it',
      since: job.observedAt.toISOString(),
    };
  }
  if (job.status === 'restarting')
    return { severity: 'warning', reason: `restarting: ${job.statusReason ?? 'after a failure'}`, since };
  const waitedMs = now - job.statusAt.getTime();
  if (job.waitingReason !== null && waitedMs > PENDING_MS)
    return { severity: 'warning', reason: `waiting: ${job.waitingReason}`, since };
  const checkpointAge = job.metrics.checkpoint_age_ms;
  if (checkpointAge !== undefined && checkpointAge > CHECKPOINT_OVERDUE_MS) {
    return {
      severity: 'warning',
      reason: `no checkpoint for ${inWords(checkpointAge)}`,
      since: new Date(now - checkpointAge).toISOString(),
    };
  }
  const lag = job.metrics.source_lag_ms;
  if (lag !== undefined && lag > LAG_MS)
    return { severity: 'warning', reason: `${inWords(lag)} behind its source`, since };
  return undefined;
}

/** Nobody on call reads thousands of seconds. */
function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function rank(attention: Attention): number {
  return attention.severity === 'error' ? 0 : 1;
}
