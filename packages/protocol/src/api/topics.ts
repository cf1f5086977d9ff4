import { z } from 'zod';
import { directionSchema, pageQuerySchema } from './common.ts';
import { endpoint } from './endpoint.ts';

/** Offsets travel as text: they are 64 bits wide. */
export const topicSchema = z.object({
  name: z.string(),
  partitions: z.array(z.object({ partition: z.int(), earliest: z.string(), latest: z.string() })),
  /** Sum of latest - earliest over the partitions. */
  records: z.number(),
});
export type TopicView = z.infer<typeof topicSchema>;

/** `key` and `value` as text (UTF-8; what is not text is shown as hexadecimal); null where the record has none. */
export const topicMessageSchema = z.object({
  partition: z.int(),
  offset: z.string(),
  timestamp: z.string().nullable(),
  key: z.string().nullable(),
  value: z.string().nullable(),
});
export type TopicMessage = z.infer<typeof topicMessageSchema>;

const topicParams = z.object({ topic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/) });

export const topicsApi = {
  list: endpoint({
    method: 'GET',
    path: '/topics',
    summary: 'List the topics of the Kafka cluster, filtered, sorted and paged',
    permission: 'read',
    query: pageQuerySchema.extend({
      q: z.string().max(249).optional(),
      sort: z.enum(['name', 'partitions']).default('name'),
      direction: directionSchema.default('ascending'),
    }),
    answer: z.object({ items: z.array(topicSchema), total: z.int() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/topics/{topic}',
    summary: 'Show one topic with its partitions',
    permission: 'read',
    params: topicParams,
    answer: topicSchema,
  }),
  messages: endpoint({
    method: 'GET',
    path: '/topics/{topic}/messages',
    summary: 'Read the newest records of a topic, newest first',
    permission: 'read',
    params: topicParams,
    query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    answer: z.object({ items: z.array(topicMessageSchema) }),
  }),
} as const;
