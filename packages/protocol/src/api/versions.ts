import { z } from 'zod';
import { jobSettingsSchema } from '../job-spec.ts';
import { jobParamsSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';
import { planViewSchema } from './graph.ts';
import { programSchema } from './jobs.ts';

export const versionSchema = z.object({
  version: z.int(),
  sql: z.string(),
  settings: jobSettingsSchema,
  comment: z.string().nullable(),
  createdBy: z.string(),
  createdAt: timeSchema,
});
export type VersionView = z.infer<typeof versionSchema>;

/** `basedOn` is the newest version the author saw: another one meanwhile gives 409 and saves nothing. Absent: the newest there is. */
export const newVersionSchema = programSchema.extend({ basedOn: z.int().positive().optional() });
export type NewVersionBody = z.input<typeof newVersionSchema>;

/** A saved version by number, or a program that is being written. */
export const comparedSchema = z.union([
  z.strictObject({ version: z.int().positive() }),
  z.strictObject({ sql: programSchema.shape.sql, settings: programSchema.shape.settings }),
]);

export const stateComparisonSchema = z.object({
  /** The newest checkpoint or savepoint, where the next start begins by default, and the version that made it. */
  from: z.object({ checkpoint: z.int(), kind: z.enum(['checkpoint', 'savepoint']), version: z.int() }),
  /** Whether what it remembers fits; `partly`: new steps begin with nothing; `incompatible`: the engine refuses to go on from it. */
  verdict: z.enum(['compatible', 'partly', 'unknown', 'incompatible']),
  /** One sentence per step that is not as it was, worst first. */
  reasons: z.array(z.string()),
});
export type StateComparison = z.infer<typeof stateComparisonSchema>;

export const versionsApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs/{id}/versions',
    summary: 'List the versions of a job, newest first',
    permission: 'read',
    params: jobParamsSchema,
    answer: z.object({ items: z.array(versionSchema) }),
  }),
  plan: endpoint({
    method: 'GET',
    path: '/jobs/{id}/versions/{version}/plan',
    summary: 'Explain what a version of a job runs, as a graph and in words',
    permission: 'read',
    params: jobParamsSchema.extend({ version: z.coerce.number().int().positive().max(2_147_483_647) }),
    answer: planViewSchema,
  }),
  compareState: endpoint({
    method: 'POST',
    path: '/jobs/{id}/versions/compare-state',
    summary: 'Tell whether a version could go on from the newest checkpoint or savepoint of the job; changes nothing',
    permission: 'read',
    params: jobParamsSchema,
    body: comparedSchema,
    answer: z.object({ comparison: stateComparisonSchema.nullable() }),
  }),
  create: endpoint({
    method: 'POST',
    path: '/jobs/{id}/versions',
    summary: 'Save a new version; the next start runs it',
    permission: 'work',
    params: jobParamsSchema,
    body: newVersionSchema,
    answer: z.object({ version: z.int() }),
    status: 201,
  }),
} as const;
