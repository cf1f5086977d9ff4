import type { Queryable } from '../client.ts';

export interface SavepointRequestRow {
  readonly id: string;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly answeredAt: Date | null;
  readonly checkpointId: number | null;
  readonly error: string | null;
}

/** Newest first. */
export async function listSavepointRequests(
  db: Queryable,
  jobId: string,
  limit: number,
): Promise<readonly SavepointRequestRow[]> {
  return db.savepointRequest.findMany({
    where: { jobId },
    omit: { jobId: true },
    orderBy: { requestedAt: 'desc' },
    take: limit,
  });
}

/** Not answered yet, oldest first. */
export async function openSavepointRequests(db: Queryable, jobId: string, limit: number): Promise<readonly string[]> {
  const rows = await db.savepointRequest.findMany({
    where: { jobId, answeredAt: null },
    select: { id: true },
    orderBy: { requestedAt: 'asc' },
    take: limit,
  });
  return rows.map((row) => row.id);
}

/** The first answer counts. */
export async function answerSavepointRequest(
  db: Queryable,
  answer: {
    readonly id: string;
    readonly jobId: string;
    readonly checkpointId: number | null;
    readonly error: string | null;
  },
): Promise<void> {
  const { id, jobId, checkpointId, error } = answer;
  await db.savepointRequest.updateMany({
    where: { id, jobId, answeredAt: null },
    data: { answeredAt: new Date(), checkpointId, error },
  });
}
