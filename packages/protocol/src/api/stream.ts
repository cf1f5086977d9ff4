import { z } from 'zod';
import { resourceSchema, timeSchema } from './common.ts';
import { jobDetailSchema, jobSummarySchema } from './jobs.ts';
import { overviewSchema } from './overview.ts';
import { queueSchema } from './queues.ts';

/**
 * `GET /stream?topics=overview,jobs,queues,job:<id>`: one stream of server-sent events per browser tab. Every message is
 * the whole of its topic at one moment (`jobs`: the whole rows of those that changed), so a message that was
 * skipped is made good by the next one. The event's name is the topic; its id resumes by Last-Event-ID.
 */
export const STREAM_PATH = '/stream';
export const STREAM_TOPICS_MAX = 10;

export const streamTopicSchema = z.union([
  z.enum(['overview', 'jobs', 'queues']),
  z.templateLiteral(['job:', z.uuid()]),
]);
export type StreamTopic = z.infer<typeof streamTopicSchema>;

export const streamMessages = {
  overview: overviewSchema,
  jobs: z.object({ changed: z.array(jobSummarySchema) }),
  queues: z.object({ items: z.array(queueSchema), capacity: resourceSchema, asOf: timeSchema }),
  /** Null when the job was deleted. */
  job: jobDetailSchema.nullable(),
} as const;
