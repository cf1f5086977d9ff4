import type { TopicMessage, TopicView } from '@millrace/protocol/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../../client/api-client.ts';

const topicKeys = {
  list: (search: string) => ['topics', search] as const,
  one: (name: string) => ['topic', name] as const,
  messages: (name: string, limit: number) => ['topic', name, 'messages', limit] as const,
};

export function useTopics(search: string) {
  return useQuery({
    queryKey: topicKeys.list(search),
    queryFn: ({ signal }) => call<{ items: TopicView[]; total: number }>('GET', `/topics?${search}`, undefined, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

export function useTopic(name: string) {
  return useQuery({
    queryKey: topicKeys.one(name),
    queryFn: ({ signal }) => call<TopicView>('GET', `/topics/${encodeURIComponent(name)}`, undefined, signal),
    refetchInterval: 5_000,
  });
}

/** The newest records; asked again every 3 s while `live`. */
export function useMessages(name: string, limit: number, live: boolean) {
  return useQuery({
    queryKey: topicKeys.messages(name, limit),
    queryFn: async ({ signal }) =>
      (
        await call<{ items: TopicMessage[] }>(
          'GET',
          `/topics/${encodeURIComponent(name)}/messages?limit=${limit}`,
          undefined,
          signal,
        )
      ).items,
    placeholderData: keepPreviousData,
    refetchInterval: live ? 3_000 : false,
  });
}
