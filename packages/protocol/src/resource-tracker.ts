import { z } from 'zod';
import { containerConfigSchema } from './container-config.ts';

/**
 * Agent to scheduler: `POST /v1/nodes/heartbeat`, about once a second, bearer = cluster token. The agent
 * says what is, the answer says what should be; nothing calls into a node. A lost message is repaired
 * by the next heartbeat. The shape of YARN's ResourceTracker protocol.
 */
export const nodeHeartbeatSchema = z.object({
  node: z.string(),
  /** New for every start of the agent process. */
  incarnation: z.string(),
  capacity: z.object({ vcores: z.number(), memoryMb: z.number() }),
  used: z.object({ cpuRatio: z.number().nullable(), memoryMb: z.number().nullable() }),
  /** Base URL of the agent's log server on this node. */
  logUrl: z.url(),
  containers: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['launching', 'running', 'finished', 'failed']),
      pid: z.int().nullable(),
      startedAt: z.number().nullable(),
      exitCode: z.int().nullable(),
      /** Why it ended, for people: `memory exceeded: 612 MiB of 512 MiB`, `killed by signal SIGKILL`. */
      reason: z.string().nullable(),
      rssBytes: z.number().nullable(),
    }),
  ),
});
export type NodeHeartbeat = z.infer<typeof nodeHeartbeatSchema>;

export const containerLaunchSchema = z.object({
  id: z.string(),
  resource: z.object({ vcores: z.number(), memoryMb: z.number() }),
  config: containerConfigSchema,
});
export type ContainerLaunch = z.infer<typeof containerLaunchSchema>;

export const nodeHeartbeatAnswerSchema = z.object({
  /** Every container of this node that should run. Launched once per id, ever. */
  wanted: z.array(containerLaunchSchema),
  /** SIGTERM now, SIGKILL after `graceMs`. */
  stop: z.array(z.object({ id: z.string(), graceMs: z.int(), reason: z.string() })),
  /** Ended containers whose end is recorded; the agent may drop them from its reports. */
  forget: z.array(z.string()),
});
export type NodeHeartbeatAnswer = z.infer<typeof nodeHeartbeatAnswerSchema>;

/** `GET <logUrl>/containers/<id>/logs/<stream>?offset=&limit=` on the agent, bearer = cluster token; offset < 0 counts from the end. */
export const LOG_STREAMS = ['stdout', 'stderr'] as const;
export type LogStream = (typeof LOG_STREAMS)[number];
export const logSliceSchema = z.object({
  container: z.string(),
  stream: z.enum(LOG_STREAMS),
  offset: z.int(),
  sizeBytes: z.int(),
  text: z.string(),
});
export type LogSlice = z.infer<typeof logSliceSchema>;
