import { z } from 'zod';
import { jobParamsSchema, olderQuerySchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

const severitySchema = z.enum(['info', 'warning', 'error']);

export const eventSchema = z.object({
  id: z.int(),
  at: timeSchema,
  kind: z.string(),
  severity: severitySchema,
  message: z.string(),
  jobId: z.string(),
  /** Where events of several jobs are listed together. */
  jobName: z.string().optional(),
});
export type EventView = z.infer<typeof eventSchema>;

export const eventsApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs/{id}/events',
    summary: 'List what happened to a job, newest first',
    permission: 'read',
    params: jobParamsSchema,
    query: olderQuerySchema.extend({ severity: severitySchema.optional() }),
    answer: z.object({ items: z.array(eventSchema) }),
  }),
} as const;
