import type { Queryable } from '../client.ts';
import { known } from '../words.ts';
import { EVENT_KINDS, type JobEventRow, SEVERITIES } from './events.ts';

export interface RecentEventRow extends JobEventRow {
  readonly jobName: string;
}

/** The newest events of all jobs that are not deleted, newest first. */
export async function listRecentEvents(db: Queryable, limit: number): Promise<readonly RecentEventRow[]> {
  const rows = await db.jobEvent.findMany({
    where: { job: { deletedAt: null } },
    include: { job: { select: { name: true } } },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map(({ job, ...row }) => ({
    ...row,
    id: Number(row.id),
    kind: known(EVENT_KINDS, row.kind),
    severity: known(SEVERITIES, row.severity),
    jobName: job.name,
  }));
}
