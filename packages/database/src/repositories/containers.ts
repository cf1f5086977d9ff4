import type { ContainerStatus, Resource } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { containerStatus } from '../words.ts';

export interface ContainerRow {
  readonly id: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly applicationId: string;
  readonly requestId: string;
  readonly attempt: number;
  readonly role: string;
  readonly nodeId: string;
  /** Base URL of the log server of its node. */
  readonly logUrl: string;
  readonly queue: string;
  readonly resource: Resource;
  readonly status: ContainerStatus;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly rssBytes: number | null;
  readonly allocatedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface ContainerFilter {
  readonly id?: string;
  readonly jobId?: string;
  readonly applicationId?: string;
  readonly nodeId?: string;
  /** Those that hold their resource now. */
  readonly liveOnly?: true;
  readonly limit: number;
}

/** Newest first. */
export async function listContainers(db: Queryable, filter: ContainerFilter): Promise<readonly ContainerRow[]> {
  const rows = await db.container.findMany({
    where: {
      ...(filter.id === undefined ? {} : { id: filter.id }),
      ...(filter.jobId === undefined ? {} : { application: { jobId: filter.jobId } }),
      ...(filter.applicationId === undefined ? {} : { applicationId: filter.applicationId }),
      ...(filter.nodeId === undefined ? {} : { nodeId: filter.nodeId }),
      ...(filter.liveOnly ? { status: { in: ['allocated', 'launching', 'running', 'stopping'] } } : {}),
    },
    include: {
      node: { select: { logUrl: true } },
      application: { select: { job: { select: { id: true, name: true } } } },
    },
    orderBy: [{ allocatedAt: 'desc' }, { id: 'asc' }],
    take: filter.limit,
  });
  return rows.map((row) => ({
    id: row.id,
    jobId: row.application.job.id,
    jobName: row.application.job.name,
    applicationId: row.applicationId,
    requestId: row.requestId,
    attempt: row.attempt,
    role: row.role,
    nodeId: row.nodeId,
    logUrl: row.node.logUrl,
    queue: row.queueName,
    resource: { vcores: row.vcores, memoryMb: row.memoryMb },
    status: containerStatus(row.status),
    pid: row.pid,
    exitCode: row.exitCode,
    reason: row.reason,
    rssBytes: row.rssBytes === null ? null : Number(row.rssBytes),
    allocatedAt: row.allocatedAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
  }));
}
