import { z } from 'zod';
import { olderQuerySchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

export const auditEntrySchema = z.object({
  id: z.int(),
  at: timeSchema,
  actor: z.string(),
  ip: z.string().nullable(),
  /** `job.start`, `queue.update`, … */
  action: z.string(),
  /** `job/<id>`, `queue/<name>`, … */
  resource: z.string(),
  result: z.string(),
  before: z.unknown(),
  after: z.unknown(),
});
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const auditApi = {
  list: endpoint({
    method: 'GET',
    path: '/audit',
    summary: 'List who changed what, newest first',
    permission: 'administer',
    query: olderQuerySchema.extend({
      actor: z.string().max(100).optional(),
      resource: z.string().max(300).optional(),
    }),
    answer: z.object({ items: z.array(auditEntrySchema) }),
  }),
} as const;
