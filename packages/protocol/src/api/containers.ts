import { z } from 'zod';
import { LOG_STREAMS, logSliceSchema } from '../resource-tracker.ts';
import { jobParamsSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

export const containerSchema = z.object({
  id: z.string(),
  applicationId: z.string(),
  attempt: z.int(),
  role: z.string(),
  node: z.string(),
  vcores: z.number(),
  memoryMb: z.number(),
  status: z.string(),
  pid: z.int().nullable(),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  rssBytes: z.number().nullable(),
  allocatedAt: timeSchema,
  startedAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
});
export type ContainerView = z.infer<typeof containerSchema>;

/** Bytes; a negative `offset` counts from the end. */
export const logQuerySchema = z.object({
  stream: z.enum(LOG_STREAMS).default('stdout'),
  offset: z.coerce.number().int().default(-65_536),
  limit: z.coerce.number().int().min(1).max(262_144).default(65_536),
});

export const containersApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs/{id}/containers',
    summary: 'List the containers of a job, newest first',
    permission: 'read',
    params: jobParamsSchema,
    answer: z.object({ items: z.array(containerSchema) }),
  }),
  logs: endpoint({
    method: 'GET',
    path: '/containers/{containerId}/logs',
    summary: 'Read a piece of the log of a container',
    permission: 'read',
    params: z.object({ containerId: z.uuid() }),
    query: logQuerySchema,
    answer: logSliceSchema,
  }),
} as const;
