import type { Queryable } from '../client.ts';
import { json } from '../json.ts';

/** Who does it. `ip` where it came over the network. */
export interface Actor {
  readonly name: string;
  readonly ip?: string;
}

export interface AuditRecord {
  readonly actor: Actor;
  /** `job.start`, `queue.update`, … */
  readonly action: string;
  /** `job/<id>`, `queue/<name>`, … */
  readonly resource: string;
  /** What changed, both sides; secrets masked by the caller. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly result?: string;
}

export interface AuditEntryRow {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly ip: string | null;
  readonly action: string;
  readonly resource: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: string;
}

/** Call it in the transaction of the change, so that neither exists without the other. */
export async function recordAudit(transaction: Queryable, record: AuditRecord): Promise<void> {
  await transaction.auditEntry.create({
    data: {
      actor: record.actor.name,
      ip: record.actor.ip ?? null,
      action: record.action,
      resource: record.resource,
      result: record.result ?? 'ok',
      ...(record.before === undefined ? {} : { before: json(record.before) }),
      ...(record.after === undefined ? {} : { after: json(record.after) }),
    },
  });
}

export interface AuditFilter {
  readonly resource?: string;
  readonly actor?: string;
  /** Only entries older than this one: the next page. */
  readonly before?: number;
  readonly limit: number;
}

/** Newest first. */
export async function listAudit(db: Queryable, filter: AuditFilter): Promise<readonly AuditEntryRow[]> {
  const rows = await db.auditEntry.findMany({
    where: {
      ...(filter.resource === undefined ? {} : { resource: filter.resource }),
      ...(filter.actor === undefined ? {} : { actor: filter.actor }),
      ...(filter.before === undefined ? {} : { id: { lt: filter.before } }),
    },
    orderBy: { id: 'desc' },
    take: filter.limit,
  });
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}
