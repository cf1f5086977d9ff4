import type { Resource } from '@millrace/model';
import type { Queryable } from '../client.ts';
import { known } from '../words.ts';

export const NODE_STATUSES = ['running', 'lost', 'draining'] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

export interface NodeRow {
  readonly id: string;
  readonly status: NodeStatus;
  readonly capacity: Resource;
  /** Held by its containers. */
  readonly allocated: Resource;
  readonly containers: number;
  /** Of the whole machine, as the agent measures it. */
  readonly cpuRatio: number | null;
  readonly usedMemoryMb: number | null;
  readonly logUrl: string;
  readonly registeredAt: Date;
  readonly lastHeartbeatAt: Date;
}

export async function listNodes(db: Queryable): Promise<readonly NodeRow[]> {
  const rows = await db.$queryRaw<
    (Omit<NodeRow, 'status' | 'capacity' | 'allocated'> & {
      readonly status: string;
      readonly vcores: number;
      readonly memoryMb: number;
      readonly allocatedVcores: number;
      readonly allocatedMemoryMb: number;
    })[]
  >`
    select n.id, n.status, n.vcores, n."memoryMb", n."cpuRatio", n."usedMemoryMb", n."logUrl", n."registeredAt", n."lastHeartbeatAt",
           count(c.id)::int as containers, coalesce(sum(c.vcores), 0)::float8 as "allocatedVcores",
           coalesce(sum(c."memoryMb"), 0)::float8 as "allocatedMemoryMb"
      from "Node" n left join "Container" c on c."nodeId" = n.id and c.status in ('allocated', 'launching', 'running', 'stopping')
     group by n.id order by n.id`;
  return rows.map(({ vcores, memoryMb, allocatedVcores, allocatedMemoryMb, ...row }) => ({
    ...row,
    status: known(NODE_STATUSES, row.status),
    capacity: { vcores, memoryMb },
    allocated: { vcores: allocatedVcores, memoryMb: allocatedMemoryMb },
  }));
}
