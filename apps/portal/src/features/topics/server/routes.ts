import { listTopics, peekMessages } from '@millrace/connectors/browse';
import { api } from '@millrace/protocol/api';
import { environment } from '../../../env.ts';
import { serve } from '../../../server/api.ts';
import { HttpError } from '../../../server/problem.ts';

const kafka = () => ({ 'properties.bootstrap.servers': environment().kafkaBrokers });

serve(api.topics.list, 'read', async ({ query, request }) => {
  const all = await listTopics(kafka(), request.signal);
  const found = all.filter(({ name }) => name.includes(query.q ?? ''));
  return { items: found.slice(query.page * query.pageSize, (query.page + 1) * query.pageSize), total: found.length };
});

serve(api.topics.get, 'read', async ({ params, request }) => {
  const topic = (await listTopics(kafka(), request.signal)).find(({ name }) => name === params.topic);
  if (topic === undefined) throw new HttpError(404, 'topic.missing', `There is no topic ${params.topic}.`);
  return topic;
});

serve(api.topics.messages, 'read', async ({ params, query, request }) => ({
  items: [...(await peekMessages(kafka(), params.topic, query.limit, request.signal))],
}));
