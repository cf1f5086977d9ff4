import { z } from 'zod';
import { jobParamsSchema, olderQuerySchema, timeSchema } from './common.ts';
import { endpoint } from './endpoint.ts';

export const checkpointSchema = z.object({
  id: z.int(),
  kind: z.enum(['checkpoint', 'savepoint']),
  /** `discarded`: superseded, its bytes are gone. */
  status: z.enum(['completed', 'failed', 'discarded']),
  applicationId: z.string(),
  attempt: z.int(),
  triggeredAt: timeSchema,
  completedAt: timeSchema.nullable(),
  /** Trigger to completion. */
  durationMs: z.number().nullable(),
  /** All state it needs, files that earlier checkpoints wrote included. */
  sizeBytes: z.number(),
  /** State written for this one alone. */
  writtenBytes: z.number(),
  failure: z.string().nullable(),
});
export type CheckpointView = z.infer<typeof checkpointSchema>;

export const savepointRequestSchema = z.object({
  id: z.string(),
  requestedBy: z.string(),
  requestedAt: timeSchema,
  answeredAt: timeSchema.nullable(),
  checkpointId: z.int().nullable(),
  error: z.string().nullable(),
});
export type SavepointRequestView = z.infer<typeof savepointRequestSchema>;

export const checkpointPageSchema = z.object({
  items: z.array(checkpointSchema),
  totals: z.object({ completed: z.int(), failed: z.int(), savepoints: z.int() }),
  /** Savepoints asked for by hand, newest first. */
  requests: z.array(savepointRequestSchema),
});

export const checkpointsApi = {
  list: endpoint({
    method: 'GET',
    path: '/jobs/{id}/checkpoints',
    summary: 'List checkpoints and savepoints, newest first',
    permission: 'read',
    params: jobParamsSchema,
    query: olderQuerySchema.extend({
      kind: z.enum(['checkpoint', 'savepoint']).optional(),
      status: z.enum(['completed', 'failed', 'discarded']).optional(),
    }),
    answer: checkpointPageSchema,
  }),
  savepoint: endpoint({
    method: 'POST',
    path: '/jobs/{id}/savepoints',
    summary: 'Ask the running job for a savepoint; it goes on running',
    permission: 'work',
    params: jobParamsSchema,
    answer: z.object({ request: z.string() }),
    status: 202,
  }),
} as const;
