import { z } from 'zod';
import { resourceSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

export const nodeSchema = z.object({
  id: z.string(),
  status: z.enum(['running', 'lost', 'draining']),
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

export const nodesApi = {
  list: endpoint({
    method: 'GET',
    path: '/nodes',
    summary: 'List the nodes of the cluster',
    permission: 'read',
    answer: z.object({ items: z.array(nodeSchema), asOf: timeSchema }),
  }),
} as const;
