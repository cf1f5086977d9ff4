import { notifyChange } from '../changes.ts';
import type { Queryable } from '../client.ts';
import { json } from '../json.ts';
import { known } from '../words.ts';

export const EVENT_KINDS = ['status', 'failure', 'checkpoint-failed', 'restored', 'savepoint', 'user'] as const;
export const SEVERITIES = ['info', 'warning', 'error'] as const;

export interface NewJobEvent {
  readonly jobId: string;
  readonly applicationId?: string;
  /** When it happened, by the clock of whoever saw it; absent: now. */
  readonly at?: Date;
  readonly kind: (typeof EVENT_KINDS)[number];
  readonly severity?: (typeof SEVERITIES)[number];
  readonly message: string;
  readonly detail?: unknown;
}

export interface JobEventRow {
  readonly id: number;
  readonly jobId: string;
  readonly applicationId: string | null;
  readonly at: Date;
  readonly kind: (typeof EVENT_KINDS)[number];
  readonly severity: (typeof SEVERITIES)[number];
  readonly message: string;
  readonly detail: unknown;
}

export async function recordEvent(db: Queryable, event: NewJobEvent): Promise<void> {
  const { detail, at, severity, ...columns } = event;
  await db.jobEvent.create({
    data: {
      ...columns,
      severity: severity ?? 'info',
      ...(at === undefined ? {} : { at }),
      ...(detail === undefined ? {} : { detail: json(detail) }),
    },
  });
  await notifyChange(db, { what: 'event', job: event.jobId });
}

export interface EventRange {
  /** Only newer ones: what a stream has not shown yet. Oldest first. */
  readonly after?: number;
  /** Only older ones: the next page. Newest first, as without either. */
  readonly before?: number;
  readonly severity?: (typeof SEVERITIES)[number];
  readonly limit: number;
}

export async function listEvents(db: Queryable, jobId: string, range: EventRange): Promise<readonly JobEventRow[]> {
  const bound =
    range.after !== undefined ? { gt: range.after } : range.before !== undefined ? { lt: range.before } : {};
  const rows = await db.jobEvent.findMany({
    where: { jobId, id: bound, ...(range.severity === undefined ? {} : { severity: range.severity }) },
    orderBy: { id: range.after === undefined ? 'desc' : 'asc' },
    take: range.limit,
  });
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    kind: known(EVENT_KINDS, row.kind),
    severity: known(SEVERITIES, row.severity),
  }));
}
