import { z } from 'zod';
import { completedCheckpointSchema, jobSpecSchema } from './job-spec.ts';

/**
 * Master to scheduler, bearer = application token; YARN's ApplicationMaster protocol in four calls.
 * Every body carries the attempt; calls of an older attempt get 409 `application.fenced` and their
 * sender must end itself.
 *
 *   POST /v1/applications/:id/register      -> what to run and where to start from
 *   POST /v1/applications/:id/heartbeat     about once a second
 *   POST /v1/applications/:id/checkpoints   makes a checkpoint count (fenced, conditional insert)
 *   POST /v1/applications/:id/checkpoints/discard
 *   POST /v1/applications/:id/finish        last words; the scheduler then releases all containers
 */
const resource = z.object({ vcores: z.number(), memoryMb: z.number() });

export const masterRegisterSchema = z.object({
  attempt: z.int(),
  container: z.string(),
  /** `host:port` where workers connect. */
  address: z.string(),
});
export type MasterRegister = z.infer<typeof masterRegisterSchema>;

export const masterRegisterAnswerSchema = z.object({
  spec: jobSpecSchema,
  /** The checkpoint or savepoint to start from, and why it was chosen, for the event log. */
  restore: z.object({ checkpoint: completedCheckpointSchema, reason: z.string() }).nullable(),
  nextCheckpointId: z.int().positive(),
  /** Workers of an earlier master of this attempt that still run and may connect again. */
  live: z.array(z.object({ container: z.string(), role: z.enum(['master', 'worker']) })),
});
export type MasterRegisterAnswer = z.infer<typeof masterRegisterAnswerSchema>;

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  domain: z.enum(['user', 'external', 'internal']),
  retry: z.enum(['never', 'backoff']),
  detail: z.string().optional(),
});

const checkpointKind = z.enum(['checkpoint', 'savepoint']);

/** `JobEvent` of the model, as it travels. */
export const jobEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), at: z.number(), status: z.string(), reason: z.string().optional() }),
  z.object({ kind: z.literal('checkpoint-triggered'), at: z.number(), id: z.int(), type: checkpointKind }),
  z.object({ kind: z.literal('checkpoint-completed'), at: z.number(), checkpoint: completedCheckpointSchema }),
  z.object({ kind: z.literal('checkpoint-failed'), at: z.number(), id: z.int(), reason: z.string() }),
  z.object({ kind: z.literal('restored'), at: z.number(), id: z.int(), type: checkpointKind }),
  z.object({ kind: z.literal('failure'), at: z.number(), error: errorSchema }),
]);

export const executionReportSchema = z.object({
  graph: z.object({
    vertices: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        operators: z.array(z.object({ id: z.string(), kind: z.string(), label: z.string() })),
        parallelism: z.int(),
        subtasks: z.array(
          z.object({
            subtask: z.int(),
            status: z.enum(['created', 'deploying', 'running', 'finished', 'canceled', 'failed']),
            container: z.string().optional(),
            metrics: z.record(z.string(), z.number()),
          }),
        ),
      }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string(), partitioning: z.string() })),
  }),
  metrics: z.record(z.string(), z.number()),
});
export type ExecutionReportMessage = z.infer<typeof executionReportSchema>;

export const masterHeartbeatSchema = z.object({
  attempt: z.int(),
  status: z.enum(['starting', 'running', 'restarting', 'suspending', 'canceling']),
  statusReason: z.string().optional(),
  /** Every container still wanted, repeated until granted; ids make it idempotent. */
  ask: z.array(z.object({ id: z.string(), resource, gang: z.string().optional() })),
  release: z.array(z.string()),
  report: executionReportSchema.nullable(),
  /** Numbered from 1 within the attempt, repeated until acknowledged, at most 200 a call. */
  events: z.array(z.object({ seq: z.int(), event: jobEventSchema })),
  /** Savepoint requests answered since the last acknowledged heartbeat. */
  savepoints: z.array(z.object({ request: z.string(), checkpoint: z.int().nullable(), error: z.string().nullable() })),
});
export type MasterHeartbeat = z.infer<typeof masterHeartbeatSchema>;

export const masterHeartbeatAnswerSchema = z.object({
  /** Containers granted to this attempt so far, by the id that was asked for; the worker connects to the master by itself. */
  granted: z.array(z.object({ request: z.string(), container: z.string() })),
  /** Granted containers that ended or were lost. */
  ended: z.array(z.object({ container: z.string(), reason: z.string() })),
  eventsAcknowledged: z.int(),
  /** What the owner wants; level-triggered: the master moves towards it, however often it is said. */
  desired: z.enum(['running', 'suspended', 'canceled']),
  /** Savepoints asked for and not yet answered. */
  savepoints: z.array(z.string()),
});
export type MasterHeartbeatAnswer = z.infer<typeof masterHeartbeatAnswerSchema>;

/**
 * The largest call that completes a checkpoint, in bytes of JSON. It lists every subtask of every operator: 256 operators at the
 * highest parallelism, 128, with 2 KiB each for state handles, splits and committables. Other calls have the scheduler's usual limit.
 */
export const CHECKPOINT_BYTES_MAX = 256 * 128 * 2_048;

export const checkpointCompleteSchema = z.object({ attempt: z.int(), checkpoint: completedCheckpointSchema });
export const checkpointDiscardSchema = z.object({ attempt: z.int(), id: z.int() });

export const masterFinishSchema = z.object({
  attempt: z.int(),
  outcome: z.enum(['finished', 'suspended', 'canceled', 'failed']),
  /** For people; the root cause when failed. */
  diagnostics: z.string(),
  error: errorSchema.nullable(),
});
export type MasterFinish = z.infer<typeof masterFinishSchema>;
