import { z } from 'zod';

/**
 * RFC 9457 problem details. `code` is stable for programs, `errors` names the fields at fault by their path in the
 * request (`settings.checkpoint.intervalMs`), `id` is what the log of the portal knows an unexpected failure by.
 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  id: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Moments travel as ISO 8601 in UTC. */
export const timeSchema = z.iso.datetime();
export const resourceSchema = z.object({ vcores: z.number(), memoryMb: z.number() });

export const PAGE_SIZE_MAX = 200;

/** Pages count from 0. */
export const pageQuerySchema = z.object({
  page: z.coerce.number().int().min(0).max(1_000_000).default(0),
  pageSize: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(50),
});

/** For lists that grow while they are read: the next page is everything older than the last id seen. */
export const olderQuerySchema = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(50),
});

export const directionSchema = z.enum(['ascending', 'descending']);

export const jobParamsSchema = z.object({ id: z.uuid() });
export const okSchema = z.object({ ok: z.literal(true) });

/** Catalogue names of `@millrace/model` to figures; an absent name is unknown, never zero. */
export const metricsSchema = z.record(z.string(), z.number());
