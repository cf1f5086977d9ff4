import { JOB_STATUSES, type JobStatus } from '@millrace/model';
import { z } from 'zod';
import { jobSettingsSchema } from '../job-spec.ts';
import { checkpointSchema } from './checkpoints.ts';
import { directionSchema, jobParamsSchema, metricsSchema, okSchema, pageQuerySchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';
import { graphSchema } from './graph.ts';
import { DEFAULT_SETTINGS, settingsInputSchema } from './settings.ts';

const statusSchema = z.enum(JOB_STATUSES as readonly [JobStatus, ...JobStatus[]]);

export const SQL_CHARACTERS_MAX = 200_000;

export const jobNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{1,62}$/, 'lower-case letters, digits, hyphen, underscore; 2 to 63 characters');

export const programSchema = z.object({
  sql: z.string().min(1, 'write at least one INSERT').max(SQL_CHARACTERS_MAX),
  settings: settingsInputSchema.default(settingsInputSchema.parse(DEFAULT_SETTINGS)),
  comment: z.string().max(1_000).optional(),
});
export const newJobSchema = programSchema.extend({ name: jobNameSchema });
export type NewJobBody = z.input<typeof newJobSchema>;

/** Where a start begins: the newest checkpoint or savepoint, an empty state, or one checkpoint by id. */
export const startFromSchema = z.union([z.enum(['latest', 'none']), z.object({ checkpoint: z.int().positive() })]);
export type StartFrom = z.infer<typeof startFromSchema>;
export const startJobSchema = z.object({
  from: startFromSchema.default('latest'),
  version: z.int().positive().optional(),
});

export const JOB_SORT_KEYS = [
  'name',
  'status',
  'queue',
  'owner',
  'updatedAt',
  'throughput',
  'lag',
  'checkpoint',
] as const;
export const jobQuerySchema = pageQuerySchema.extend({
  /** Part of the name or of the owner's name. */
  q: z.string().max(200).optional(),
  /** Comma separated statuses. */
  status: z
    .string()
    .max(200)
    .transform((text) => text.split(',').filter((word) => word !== ''))
    .pipe(z.array(statusSchema))
    .optional(),
  /** This queue and everything below it. */
  queue: z.string().max(300).optional(),
  sort: z.enum(JOB_SORT_KEYS).default('name'),
  direction: directionSchema.default('ascending'),
});

/** `stale`: nobody confirmed `status` lately (since `observedAt`). `pending`: the newest wish is not acted on yet. */
export const jobSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  queue: z.string(),
  status: statusSchema,
  statusReason: z.string().nullable(),
  waitingReason: z.string().nullable(),
  statusAt: timeSchema,
  observedAt: timeSchema,
  stale: z.boolean(),
  desired: z.enum(['running', 'suspended', 'canceled']).nullable(),
  pending: z.boolean(),
  engine: z.string().nullable(),
  guarantee: z.string().nullable(),
  parallelism: z.int().nullable(),
  version: z.int().nullable(),
  latestVersion: z.int(),
  startedAt: timeSchema.nullable(),
  reportAt: timeSchema.nullable(),
  /** Of the last report, while the run lives and the report is younger than 15 s; empty otherwise. */
  metrics: metricsSchema,
  lastCheckpoint: z
    .object({ id: z.int(), kind: z.string(), completedAt: timeSchema, sizeBytes: z.number() })
    .nullable(),
});
export type JobSummaryView = z.infer<typeof jobSummarySchema>;

export const jobPageSchema = z.object({ items: z.array(jobSummarySchema), total: z.int() });
export type JobPage = z.infer<typeof jobPageSchema>;

/** What each button would answer now: absent means it may be pressed, a sentence says why not. */
export const refusalsSchema = z.object({
  start: z.string().optional(),
  stop: z.string().optional(),
  cancel: z.string().optional(),
  savepoint: z.string().optional(),
  delete: z.string().optional(),
});

export const jobDetailSchema = jobSummarySchema.extend({
  applicationId: z.string().nullable(),
  attempt: z.int().nullable(),
  masterRestarts: z.int().nullable(),
  phase: z.string().nullable(),
  outcome: z.string().nullable(),
  diagnostics: z.string().nullable(),
  restoredFrom: checkpointSchema.nullable(),
  restoreReason: z.string().nullable(),
  /** Of the last report of the current run; its age is `reportAt`. */
  graph: graphSchema.nullable(),
  sql: z.string(),
  settings: jobSettingsSchema,
  createdAt: timeSchema,
  refusals: refusalsSchema,
});
export type JobDetailView = z.infer<typeof jobDetailSchema>;

const acceptedSchema = z.object({ generation: z.int() });

export const jobsApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs',
    summary: 'List jobs, filtered, sorted and paged',
    permission: 'read',
    query: jobQuerySchema,
    answer: jobPageSchema,
  }),
  create: endpoint({
    method: 'POST',
    path: '/jobs',
    summary: 'Create a job from SQL; it is not started',
    permission: 'work',
    body: newJobSchema,
    answer: z.object({ id: z.string(), name: z.string(), version: z.int() }),
    status: 201,
  }),
  get: endpoint({
    method: 'GET',
    path: '/jobs/{id}',
    summary: 'Show one job with its current run',
    permission: 'read',
    params: jobParamsSchema,
    answer: jobDetailSchema,
  }),
  rename: endpoint({
    method: 'PATCH',
    path: '/jobs/{id}',
    summary: 'Rename a job',
    permission: 'work',
    params: jobParamsSchema,
    body: z.object({ name: jobNameSchema }),
    answer: jobDetailSchema,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/jobs/{id}',
    summary: 'Delete a job; what runs of it is canceled',
    permission: 'work',
    params: jobParamsSchema,
    answer: okSchema,
  }),
  start: endpoint({
    method: 'POST',
    path: '/jobs/{id}/start',
    summary: 'Start a job, by default from its newest checkpoint or savepoint',
    permission: 'work',
    params: jobParamsSchema,
    body: startJobSchema,
    answer: acceptedSchema,
    status: 202,
  }),
  stop: endpoint({
    method: 'POST',
    path: '/jobs/{id}/stop',
    summary: 'Stop a running job with a savepoint',
    permission: 'work',
    params: jobParamsSchema,
    answer: acceptedSchema,
    status: 202,
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/jobs/{id}/cancel',
    summary: 'Cancel a job without a savepoint',
    permission: 'work',
    params: jobParamsSchema,
    answer: acceptedSchema,
    status: 202,
  }),
} as const;
