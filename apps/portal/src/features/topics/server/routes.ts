import {
  type BrowseRequest,
  describeTopic,
  describeTopics,
  listTopics,
  newestMessages,
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
  const { q = '', sort, direction, page, pageSize } = query;
  const all = await listTopics(kafka(request));
  const found = all.filter(({ topic }) => topic.toLowerCase().includes(q.toLowerCase()));
  if (sort === 'partitions') found.sort((a, b) => a.partitions - b.partitions);
  if (direction === 'descending') found.reverse();
  const topics = found.slice(page * pageSize, (page + 1) * pageSize).map(({ topic }) => topic);
  const items = await describeTopics({ ...kafka(request), topics });
  return { items: items.map(topicView), total: found.length };
});

serve(api.topics.get, async ({ params, request }) =>
  topicView(await describeTopic({ ...kafka(request), topic: params.topic })),
);

serve(api.topics.messages, async ({ params, query, request }) => {
  const messages = await newestMessages({ ...kafka(request), topic: params.topic, limit: query.limit });
  return {
    items: messages.map(({ partition, offset, timestamp, key, value }) => ({
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
