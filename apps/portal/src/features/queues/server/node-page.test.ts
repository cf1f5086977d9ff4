import type { NodeRow } from '@millrace/database';
import { nodeQuerySchema } from '@millrace/protocol/api';
import { expect, test } from 'vitest';
import { nodePage } from './node-page.ts';

const node = (id: string, vcores: number, cpuRatio: number | null, status: NodeRow['status'] = 'running'): NodeRow => ({
  id,
  status,
  capacity: { vcores: 8, memoryMb: 8_192 },
  allocated: { vcores, memoryMb: 1_024 },
  cpuRatio,
  usedMemoryMb: null,
  containers: 1,
  logUrl: 'http://127.0.0.1:1',
  registeredAt: new Date(0),
  lastHeartbeatAt: new Date(0),
});

const NODES = [node('a-1', 4, null), node('a-2', 2, 0.9, 'lost'), node('b-1', 6, 0.1)];

function ids(query: Readonly<Record<string, string>>): { readonly ids: readonly string[]; readonly total: number } {
  const { nodes, total } = nodePage(NODES, nodeQuerySchema.parse(query));
  return { ids: nodes.map(({ id }) => id), total };
}

test.each([
  [{}, ['a-1', 'a-2', 'b-1']],
  [{ direction: 'descending' }, ['b-1', 'a-2', 'a-1']],
  [{ q: 'A-' }, ['a-1', 'a-2']],
  [{ status: 'lost' }, ['a-2']],
  [{ sort: 'vcores' }, ['a-2', 'a-1', 'b-1']],
])('nodes are filtered and sorted: %j', (query, expected) => {
  expect(ids(query)).toEqual({ ids: expected, total: expected.length });
});

test('a load that is not known comes last, whichever way it is sorted', () => {
  expect(ids({ sort: 'cpu' }).ids).toEqual(['b-1', 'a-2', 'a-1']);
  expect(ids({ sort: 'cpu', direction: 'descending' }).ids).toEqual(['a-2', 'b-1', 'a-1']);
});

test('a page has its part of all that was found', () => {
  expect(ids({ page: '1', pageSize: '2' })).toEqual({ ids: ['b-1'], total: 3 });
  expect(ids({ page: '9', pageSize: '2' })).toEqual({ ids: [], total: 3 });
});
