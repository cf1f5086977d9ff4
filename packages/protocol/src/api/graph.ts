import { z } from 'zod';
import { jobParamsSchema, metricsSchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

const operatorSchema = z.object({ id: z.string(), kind: z.string(), label: z.string() });
const edgesSchema = z.array(z.object({ from: z.string(), to: z.string(), partitioning: z.string() }));

/** What an engine would run: a plan without figures. */
export const planGraphSchema = z.object({
  vertices: z.array(
    z.object({ id: z.string(), label: z.string(), operators: z.array(operatorSchema), parallelism: z.int() }),
  ),
  edges: edgesSchema,
});

export const planViewSchema = z.object({
  /** What the engine would run; null while the program or the settings are refused. */
  graph: planGraphSchema.nullable(),
  /** The plan in words, one operator per paragraph, secrets masked; null while the program is refused. */
  text: z.string().nullable(),
  /** Why the engine refuses the job, one sentence each. */
  reasons: z.array(z.string()),
});
export type PlanView = z.infer<typeof planViewSchema>;

/** What runs: the plan with the last figures of every subtask. */
export const graphSchema = z.object({
  vertices: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      operators: z.array(operatorSchema),
      parallelism: z.int(),
      subtasks: z.array(
        z.object({ subtask: z.int(), status: z.string(), container: z.string().optional(), metrics: metricsSchema }),
      ),
    }),
  ),
  edges: edgesSchema,
});
export type GraphView = z.infer<typeof graphSchema>;

export const graphApi = {
  get: endpoint({
    method: 'GET',
    path: '/jobs/{id}/graph',
    summary: 'Show the running graph with the figures of its subtasks',
    permission: 'read',
    params: jobParamsSchema,
    answer: z.object({ graph: graphSchema.nullable(), reportAt: timeSchema.nullable() }),
  }),
} as const;
