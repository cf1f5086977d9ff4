import type { NodeRow } from '@millrace/database';
import type { NodeQuery } from '@millrace/protocol/api';

/** What each column is sorted by; unknown figures come last of all, whichever way. */
const VALUES: Readonly<Record<NodeQuery['sort'], (node: NodeRow) => number | string | null>> = {
  name: ({ id }) => id,
  vcores: ({ allocated, capacity }) => (capacity.vcores === 0 ? null : allocated.vcores / capacity.vcores),
  memory: ({ allocated, capacity }) => (capacity.memoryMb === 0 ? null : allocated.memoryMb / capacity.memoryMb),
  cpu: ({ cpuRatio }) => cpuRatio,
  containers: ({ containers }) => containers,
  heartbeat: ({ lastHeartbeatAt }) => lastHeartbeatAt.getTime(),
};

/** The nodes a request asks for, and how many there are on all its pages. Pure; `nodes` come by name. */
export function nodePage(
  nodes: readonly NodeRow[],
  { q = '', status, sort, direction, page, pageSize }: NodeQuery,
): { readonly nodes: readonly NodeRow[]; readonly total: number } {
  const found = nodes.filter(
    (node) => (status === undefined || node.status === status) && node.id.toLowerCase().includes(q.toLowerCase()),
  );
  const value = VALUES[sort];
  const sign = direction === 'ascending' ? 1 : -1;
  found.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return left === right ? 0 : left < right ? -sign : sign;
  });
  return { nodes: found.slice(page * pageSize, (page + 1) * pageSize), total: found.length };
}
