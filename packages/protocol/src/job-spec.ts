import type { CompletedCheckpoint, JobSpec } from '@millrace/model';
import { z } from 'zod';

const resource = z.object({ vcores: z.number().positive(), memoryMb: z.int().positive() });

/** Bounds that any job must keep; the portal's form and the API both use this. */
export const jobSettingsSchema = z.object({
  engine: z.enum(['dataflow']),
  guarantee: z.enum(['at-least-once', 'exactly-once']),
  parallelism: z.int().min(1).max(128),
  queue: z.string().min(1),
  containers: z.object({ master: resource, worker: resource }),
  checkpoint: z.object({
    intervalMs: z.int().min(200).max(3_600_000),
    timeoutMs: z.int().min(1_000).max(3_600_000),
    retainedCount: z.int().min(1).max(100),
  }),
  restart: z.object({ attemptsMax: z.int().min(0).max(1_000), delayMs: z.int().min(0).max(600_000) }),
  deadLetterTopic: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a topic name: letters, digits, dot, underscore, hyphen; at most 249 characters')
    .optional(),
});

/** Parses to a `JobSpec`; the brands of ids exist only in types. */
export const jobSpecSchema = z
  .object({ id: z.string(), name: z.string(), version: z.int(), settings: jobSettingsSchema, plan: z.unknown() })
  .transform((spec) => spec as unknown as JobSpec);

const keyGroups = z.object({ first: z.int(), last: z.int() });

/** Parses to a `CompletedCheckpoint`. */
export const completedCheckpointSchema = z
  .object({
    id: z.int().positive(),
    job: z.string(),
    kind: z.enum(['checkpoint', 'savepoint']),
    attempt: z.int(),
    parallelism: z.int(),
    maxParallelism: z.int(),
    triggeredAt: z.number(),
    completedAt: z.number(),
    subtasks: z.array(
      z.object({
        operator: z.string(),
        subtask: z.int(),
        state: z.array(
          z.object({
            location: z.string(),
            keyGroups,
            sizeBytes: z.number(),
            sha256: z.string(),
            shared: z.literal(true).optional(),
          }),
        ),
        splits: z.array(z.object({ id: z.string(), split: z.unknown() })),
        committables: z.array(z.unknown()),
      }),
    ),
    sizeBytes: z.number(),
    writtenBytes: z.number().optional(),
    location: z.string(),
  })
  .transform((checkpoint) => checkpoint as unknown as CompletedCheckpoint);
