import { z } from 'zod';
import { resourceSchema, timeSchema } from './common.ts';
import { jobDetailSchema } from './jobs.ts';
import { overviewSchema } from './overview.ts';
import { queueSchema } from './queues.ts';

/**
 * `GET /stream?topics=overview,jobs,queues,job:<id>`: one stream of server-sent events per browser tab. Every message is
 * the whole of its topic at one moment (`jobs` says only that the list changed: each tab asks for its own page), so a message
 * that was skipped is made good by the next one. The event's name is the topic. Between them come `heartbeat` every 15 s and, as
 * the last word of a stream whose session is over, `session-ended`.
 */
export const STREAM_PATH = '/stream';
export const STREAM_TOPICS_MAX = 10;
/** Open at the same time; one more is answered 429. */
export const STREAMS_PER_USER_MAX = 5;

export const streamTopicSchema = z.union([
  z.enum(['overview', 'jobs', 'queues']),
  z.templateLiteral(['job:', z.uuid()]),
]);
export type StreamTopic = z.infer<typeof streamTopicSchema>;

export const streamMessages = {
  overview: overviewSchema,
  jobs: z.object({}),
  queues: z.object({ items: z.array(queueSchema), capacity: resourceSchema, asOf: timeSchema }),
  /** Null when the job was deleted. */
  job: jobDetailSchema.nullable(),
} as const;
