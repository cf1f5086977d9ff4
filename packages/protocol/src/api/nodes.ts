import { z } from 'zod';
import { directionSchema, pageQuerySchema, resourceSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

const nodeStatusSchema = z.enum(['running', 'lost', 'draining']);

export const nodeSchema = z.object({
  id: z.string(),
  status: nodeStatusSchema,
  capacity: resourceSchema,
  allocated: resourceSchema,
  /** Of the whole machine, 0 to 1; null when the agent cannot tell or fell silent. */
  cpuRatio: z.number().nullable(),
  usedMemoryMb: z.number().nullable(),
  containers: z.int(),
  registeredAt: timeSchema,
  lastHeartbeatAt: timeSchema,
});
export type NodeView = z.infer<typeof nodeSchema>;

export const NODE_SORT_KEYS = ['name', 'vcores', 'memory', 'cpu', 'containers', 'heartbeat'] as const;

export const nodeQuerySchema = pageQuerySchema.extend({
  /** Part of the name. */
  q: z.string().max(200).optional(),
  status: nodeStatusSchema.optional(),
  /** `vcores` and `memory` by the share that containers hold. */
  sort: z.enum(NODE_SORT_KEYS).default('name'),
  direction: directionSchema.default('ascending'),
});
export type NodeQuery = z.output<typeof nodeQuerySchema>;

export const nodesApi = {
  list: endpoint({
    method: 'GET',
    path: '/nodes',
    summary: 'List the nodes of the cluster, filtered, sorted and paged',
    permission: 'read',
    query: nodeQuerySchema,
    answer: z.object({ items: z.array(nodeSchema), total: z.int(), asOf: timeSchema }),
  }),
} as const;
