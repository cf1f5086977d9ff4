import { z } from 'zod';
import { resourceSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';
import { eventSchema } from './events.ts';
import { queueSchema } from './queues.ts';

export const attentionSchema = z.object({
  jobId: z.string(),
  job: z.string(),
  severity: z.enum(['error', 'warning']),
  /** One sentence. */
  reason: z.string(),
  owner: z.string(),
  since: timeSchema,
});
export type Attention = z.infer<typeof attentionSchema>;

/** The state of the whole platform at one moment. Rates and lags are null when no running job reported within the last 15 s. */
export const overviewSchema = z.object({
  asOf: timeSchema,
  recordsInPerSecond: z.number().nullable(),
  recordsOutPerSecond: z.number().nullable(),
  lagRecords: z.number().nullable(),
  /** The worst of all jobs. */
  lagMs: z.number().nullable(),
  jobsRunning: z.int(),
  /** Jobs by status; a status without jobs is absent. */
  jobs: z.record(z.string(), z.int()),
  nodesRunning: z.int(),
  nodes: z.int(),
  capacity: resourceSchema,
  allocated: resourceSchema,
  /** Most severe first, then oldest first; at most 50 of `attentionTotal`. */
  needsAttention: z.array(attentionSchema),
  attentionTotal: z.int(),
  queues: z.array(queueSchema),
  events: z.array(eventSchema),
});
export type OverviewView = z.infer<typeof overviewSchema>;

export const overviewApi = {
  get: endpoint({
    method: 'GET',
    path: '/overview',
    summary: 'Show what needs attention, totals, queues and recent events',
    permission: 'read',
    answer: overviewSchema,
  }),
} as const;
