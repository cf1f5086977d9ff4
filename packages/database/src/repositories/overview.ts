import { type JobStatus, NO_RESOURCE, type Resource } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { jobStatus, known } from '../words.ts';
import { NODE_STATUSES, type NodeStatus } from './nodes.ts';

export interface Overview {
  readonly jobs: readonly { readonly status: JobStatus; readonly count: number }[];
  readonly nodes: readonly { readonly status: NodeStatus; readonly count: number }[];
  /** Of nodes that are not lost. */
  readonly capacity: Resource;
  readonly allocated: Resource;
  /** Sums over living runs whose last report is younger than 15 s; null when none of them told. */
  readonly recordsInPerSecond: number | null;
  readonly recordsOutPerSecond: number | null;
  readonly sourceLagRecords: number | null;
  /** The worst of them. */
  readonly sourceLagMs: number | null;
}

/** Totals of the whole cluster at one moment. */
export async function overview(db: Queryable): Promise<Overview> {
  const jobs = await db.$queryRaw<{ status: string; count: number }[]>`
    select status, count(*)::int as count from "Job" where "deletedAt" is null group by status order by status`;
  const nodes = await db.$queryRaw<{ status: string; count: number }[]>`
    select status, count(*)::int as count from "Node" group by status order by status`;
  const [capacity] = await db.$queryRaw<Resource[]>`
    select coalesce(sum(vcores), 0)::float8 as vcores, coalesce(sum("memoryMb"), 0)::float8 as "memoryMb"
      from "Node" where status <> 'lost'`;
  const [allocated] = await db.$queryRaw<Resource[]>`
    select coalesce(sum(vcores), 0)::float8 as vcores, coalesce(sum("memoryMb"), 0)::float8 as "memoryMb"
      from "Container" where status in ('allocated', 'launching', 'running', 'stopping')`;
  const [flow] = await db.$queryRaw<
    { input: number | null; output: number | null; lag: number | null; lagMs: number | null }[]
  >`
    select sum((report->'metrics'->>'records_in_per_second')::float8) as input,
           sum((report->'metrics'->>'records_out_per_second')::float8) as output,
           sum((report->'metrics'->>'source_lag_records')::float8) as lag,
           max((report->'metrics'->>'source_lag_ms')::float8) as "lagMs"
      from "Application" where phase <> 'ended' and "reportAt" > clock_timestamp() - interval '15 s'`;
  return {
    jobs: jobs.map(({ status, count }) => ({ status: jobStatus(status), count })),
    nodes: nodes.map(({ status, count }) => ({ status: known(NODE_STATUSES, status), count })),
    capacity: capacity ?? NO_RESOURCE,
    allocated: allocated ?? NO_RESOURCE,
    recordsInPerSecond: flow?.input ?? null,
    recordsOutPerSecond: flow?.output ?? null,
    sourceLagRecords: flow?.lag ?? null,
    sourceLagMs: flow?.lagMs ?? null,
  };
}
