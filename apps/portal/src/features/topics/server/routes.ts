import {
  type BrowseRequest,
  describeTopic,
  listTopics,
  peekMessages,
  type TopicDetail,
} from '@millrace/connectors/browse';
import { api, type TopicView } from '@millrace/protocol/api';
import { environment } from '../../../env.ts';
import { serve } from '../../../server/api.ts';

const kafka = (request: Request): BrowseRequest => ({
  options: { 'properties.bootstrap.servers': environment().kafkaBrokers },
  allowedHosts: environment().allowedHosts,
  signal: request.signal,
});

serve(api.topics.list, async ({ query, request }) => {
  const all = await listTopics(kafka(request));
  const found = all.filter(({ topic }) => topic.includes(query.q ?? ''));
  const page = found.slice(query.page * query.pageSize, (query.page + 1) * query.pageSize);
  const items = await Promise.all(
    page.map(async ({ topic }) => topicView(await describeTopic({ ...kafka(request), topic }))),
  );
  return { items, total: found.length };
});

serve(api.topics.get, async ({ params, request }) =>
  topicView(await describeTopic({ ...kafka(request), topic: params.topic })),
);

serve(api.topics.messages, async ({ params, query, request }) => {
  const { partitions } = await describeTopic({ ...kafka(request), topic: params.topic });
  const peeked = await Promise.all(
    partitions.map(async ({ partition }) => {
      const messages = await peekMessages({
        ...kafka(request),
        topic: params.topic,
        partition,
        from: 'latest',
        limit: query.limit,
      });
      return messages.map((message) => ({ partition, ...message }));
    }),
  );
  const newest = peeked.flat().sort((a, b) => b.timestamp - a.timestamp || b.offset - a.offset);
  return {
    items: newest.slice(0, query.limit).map(({ partition, offset, timestamp, key, value }) => ({
      partition,
      offset: String(offset),
      timestamp: new Date(timestamp).toISOString(),
      key: key?.text ?? null,
      value: value?.text ?? null,
    })),
  };
});

function topicView({ topic, partitions }: TopicDetail): TopicView {
  return {
    name: topic,
    partitions: partitions.map(({ partition, firstOffset, endOffset }) => ({
      partition,
      earliest: String(firstOffset),
      latest: String(endOffset),
    })),
    records: partitions.reduce((sum, { firstOffset, endOffset }) => sum + endOffset - firstOffset, 0),
  };
}
