import { z } from 'zod';
import { jobParamsSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

/** One run of a job. */
export const applicationSchema = z.object({
  id: z.string(),
  version: z.int(),
  queue: z.string(),
  attempt: z.int(),
  masterRestarts: z.int(),
  phase: z.string(),
  startFrom: z.string(),
  restoredFrom: z.int().nullable(),
  restoreReason: z.string().nullable(),
  outcome: z.string().nullable(),
  diagnostics: z.string().nullable(),
  submittedAt: timeSchema,
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
});
export type ApplicationView = z.infer<typeof applicationSchema>;

export const applicationsApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs/{id}/applications',
    summary: 'List the runs of a job, newest first',
    permission: 'read',
    params: jobParamsSchema,
    answer: z.object({ items: z.array(applicationSchema) }),
  }),
} as const;
