import { listTopics, peekMessages } from '@millrace/connectors/browse';
import { topicMessageSchema, topicSchema } from '@millrace/protocol/api';
import { z } from 'zod';
import { environment } from '../../../env.ts';
import { route } from '../../../server/api.ts';
import { HttpError } from '../../../server/problem.ts';

const kafka = () => ({ 'properties.bootstrap.servers': environment().kafkaBrokers });

route(
  {
    method: 'get',
    path: '/topics',
    summary: 'Topics of the platform’s Kafka',
    permission: 'read',
    answer: z.object({ items: z.array(topicSchema) }),
  },
  async ({ request }) => ({
    items: [...(await listTopics(kafka(), request.signal))],
  }),
);

route(
  {
    method: 'get',
    path: '/topics/{name}',
    summary: 'One topic',
    permission: 'read',
    params: z.object({ name: z.string() }),
    answer: topicSchema,
  },
  async ({ params, request }) => {
    const topic = (await listTopics(kafka(), request.signal)).find(({ name }) => name === params.name);
    if (topic === undefined) throw new HttpError(404, 'topic.missing', `There is no topic ${params.name}.`);
    return topic;
  },
);

route(
  {
    method: 'get',
    path: '/topics/{name}/messages',
    summary: 'The newest messages of a topic',
    permission: 'read',
    params: z.object({ name: z.string() }),
    query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    answer: z.object({ items: z.array(topicMessageSchema) }),
  },
  async ({ params, query, request }) => ({
    items: [...(await peekMessages(kafka(), params.name, query.limit, request.signal))],
  }),
);
