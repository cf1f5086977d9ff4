import { z } from 'zod';
import { jobParamsSchema, metricsSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

/** Epoch ms. Absent: the last 15 minutes. */
export const rangeQuerySchema = z.object({
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
});

/** At most 301 points, oldest first; `at` is epoch ms. A metric that was not reported at a moment is absent there. */
export const metricSeriesSchema = z.object({
  resolutionMs: z.number(),
  from: z.number(),
  to: z.number(),
  points: z.array(z.object({ at: z.number(), values: metricsSchema })),
});
export type MetricSeries = z.infer<typeof metricSeriesSchema>;

export const metricsApi = {
  ofJob: endpoint({
    method: 'GET',
    path: '/jobs/{id}/metrics',
    summary: 'Read the job-wide figures of a time range',
    permission: 'read',
    params: jobParamsSchema,
    query: rangeQuerySchema,
    answer: metricSeriesSchema,
  }),
  ofAllJobs: endpoint({
    method: 'GET',
    path: '/metrics',
    summary: 'Read the figures of all jobs together: rates and lag in records add up, lag in time is the worst',
    permission: 'read',
    query: rangeQuerySchema,
    answer: metricSeriesSchema,
  }),
} as const;
