'use client';
import { Anchor, Group, Pagination, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { Empty, Failed, formatCount, Loading, TimeAgo } from '@millrace/ui';
import { IconSearch } from '@tabler/icons-react';
import Link from 'next/link';
import { Suspense } from 'react';
import { useUrlState } from '../../client/url-state.ts';
import { useTopics } from './queries.ts';

const PAGE_SIZE = 50;

export function TopicList() {
  return (
    <Suspense>
      <List />
    </Suspense>
  );
}

function List() {
  const url = useUrlState();
  const page = Number(url.get('page') ?? 0);
  const query = new URLSearchParams({ page: String(page), pageSize: String(PAGE_SIZE), q: url.get('q') ?? '' });
  const { data, error, refetch, dataUpdatedAt } = useTopics(query.toString());
  const find = useDebouncedCallback((q: string) => url.set({ q }), 250);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Topics
        </Title>
        <Text size="xs" c="dimmed">
          {data === undefined ? null : (
            <>
              {data.total} {data.total === 1 ? 'topic' : 'topics'} · as of <TimeAgo at={dataUpdatedAt} />
            </>
          )}
        </Text>
      </Group>
      <TextInput
        aria-label="Find by name"
        placeholder="Name"
        leftSection={<IconSearch size={14} />}
        w={260}
        defaultValue={url.get('q') ?? ''}
        onChange={(event) => find(event.currentTarget.value)}
      />
      {error === null ? null : <Failed what="the topics" error={error} onRetry={refetch} />}
      <Paper p={0}>
        {data === undefined ? (
          error === null ? (
            <Loading what="the topics" />
          ) : null
        ) : data.items.length === 0 ? (
          <Empty
            title={url.get('q') === undefined ? 'The Kafka cluster has no topics' : 'No topic has this in its name'}
          >
            A job that writes to a topic makes it, when the broker allows that.
          </Empty>
        ) : (
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Topic</Table.Th>
                <Table.Th ta="right">Partitions</Table.Th>
                <Table.Th ta="right">Records kept</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map((topic) => (
                <Table.Tr key={topic.name}>
                  <Table.Td>
                    <Anchor
                      component={Link}
                      href={`/topics/${encodeURIComponent(topic.name)}`}
                      size="sm"
                      fw={600}
                      style={{ overflowWrap: 'anywhere' }}
                    >
                      {topic.name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {topic.partitions.length}
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {formatCount(topic.records)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Paper>
      {data !== undefined && data.total > PAGE_SIZE ? (
        <Pagination
          size="sm"
          total={Math.ceil(data.total / PAGE_SIZE)}
          value={page + 1}
          onChange={(number) => url.set({ page: String(number - 1) })}
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          getItemProps={(number) => ({ 'aria-label': `page ${number}` })}
        />
      ) : null}
    </Stack>
  );
}
