import { z } from 'zod';
import { okSchema, resourceSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

/** `used`, `pending` and the counts include everything below the queue. */
export const queueSchema = z.object({
  name: z.string(),
  parent: z.string().nullable(),
  policy: z.enum(['fifo', 'fair']),
  state: z.enum(['running', 'stopped']),
  guaranteed: resourceSchema,
  maximum: resourceSchema,
  used: resourceSchema,
  pending: resourceSchema,
  maxApplications: z.int(),
  runningApplications: z.int(),
  version: z.int(),
  updatedAt: timeSchema,
  /** Jobs of this queue that wait, first come first; `reason` names the limit and the place in line. */
  waiting: z.array(z.object({ jobId: z.string(), job: z.string(), reason: z.string(), since: timeSchema })),
});
export type QueueView = z.infer<typeof queueSchema>;

const guaranteed = z.object({ vcores: z.number().min(0).max(1_000_000), memoryMb: z.int().min(0).max(1_000_000_000) });
const maximum = z.object({
  vcores: z.number().positive().max(1_000_000),
  memoryMb: z.int().positive().max(1_000_000_000),
});

/** `version` is the one the edit was made from; another one by now gives 409 and changes nothing. */
export const queueChangeSchema = z.object({
  version: z.int(),
  guaranteed: guaranteed.optional(),
  maximum: maximum.optional(),
  policy: z.enum(['fifo', 'fair']).optional(),
  state: z.enum(['running', 'stopped']).optional(),
  maxApplications: z.int().min(1).max(1_000_000).optional(),
});
export type QueueChange = z.infer<typeof queueChangeSchema>;

export const newQueueSchema = z.object({
  name: z.string().max(300),
  guaranteed,
  maximum,
  policy: z.enum(['fifo', 'fair']).default('fifo'),
  maxApplications: z.int().min(1).max(1_000_000).default(100),
});
export type NewQueueBody = z.input<typeof newQueueSchema>;

/** Findings that do not block the edit, by field. */
const appliedSchema = z.object({
  queue: queueSchema,
  warnings: z.array(z.object({ path: z.string(), message: z.string() })),
});

const nameParams = z.object({ name: z.string().regex(/^root(\.[a-z0-9][a-z0-9_-]{0,62}){0,8}$/) });

export const queuesApi = {
  list: endpoint({
    method: 'GET',
    path: '/queues',
    summary: 'List the tree of queues with their load, parents first',
    permission: 'read',
    answer: z.object({ items: z.array(queueSchema), capacity: resourceSchema, asOf: timeSchema }),
  }),
  create: endpoint({
    method: 'POST',
    path: '/queues',
    summary: 'Add a queue below the one its name says',
    permission: 'administer',
    body: newQueueSchema,
    answer: appliedSchema,
    status: 201,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/queues/{name}',
    summary: 'Change the settings of a queue',
    permission: 'administer',
    params: nameParams,
    body: queueChangeSchema,
    answer: appliedSchema,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/queues/{name}',
    summary: 'Delete a queue without jobs and without queues below it',
    permission: 'administer',
    params: nameParams,
    answer: okSchema,
  }),
} as const;
