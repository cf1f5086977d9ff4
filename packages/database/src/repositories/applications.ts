import type { Queryable } from '../client.ts';

/** One run of a job, for its history. */
export interface ApplicationRow {
  readonly id: string;
  readonly version: number;
  readonly queueName: string;
  readonly attempt: number;
  readonly masterRestarts: number;
  readonly phase: string;
  readonly startFrom: string;
  readonly restoredFrom: number | null;
  readonly restoreReason: string | null;
  readonly submittedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
  readonly diagnostics: string | null;
}

/** Newest first. */
export async function listApplications(
  db: Queryable,
  jobId: string,
  limit: number,
): Promise<readonly ApplicationRow[]> {
  return db.application.findMany({
    where: { jobId },
    select: {
      id: true,
      version: true,
      queueName: true,
      attempt: true,
      masterRestarts: true,
      phase: true,
      startFrom: true,
      restoredFrom: true,
      restoreReason: true,
      submittedAt: true,
      startedAt: true,
      endedAt: true,
      outcome: true,
      diagnostics: true,
    },
    orderBy: { submittedAt: 'desc' },
    take: limit,
  });
}
