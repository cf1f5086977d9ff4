'use client';
import { Anchor, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { TopicView } from '@millrace/protocol/api';
import { Answered, Empty, formatCount, formatWhole, TimeAgo } from '@millrace/ui';
import Link from 'next/link';
import { Suspense } from 'react';
import { PAGE_SIZE, Pages, usePage } from '../../client/pages.tsx';
import { SearchField } from '../../client/search-field.tsx';
import { SortHeader } from '../../client/sort-header.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useTopics } from './queries.ts';

export function TopicList() {
  return (
    <Suspense>
      <List />
    </Suspense>
  );
}

function List() {
  const url = useUrlState();
  const query = new URLSearchParams({ page: String(usePage()), pageSize: String(PAGE_SIZE) });
  for (const name of ['q', 'sort', 'direction']) {
    const value = url.get(name);
    if (value !== undefined) query.set(name, value);
  }
  const answer = useTopics(query.toString());
  const { data, dataUpdatedAt } = answer;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Topics
        </Title>
        <Text size="xs" c="dimmed">
          {data === undefined ? null : (
            <>
              {formatWhole(data.total)} {data.total === 1 ? 'topic' : 'topics'} · as of <TimeAgo at={dataUpdatedAt} />
            </>
          )}
        </Text>
      </Group>
      <SearchField label="Find by name" placeholder="Name" width={260} />
      <Answered what="the topics" answer={answer}>
        {({ items }) => (
          <Paper p={0}>
            {items.length === 0 ? <NoTopics isFiltered={url.get('q') !== undefined} /> : <Topics items={items} />}
          </Paper>
        )}
      </Answered>
      {data === undefined ? null : <Pages total={data.total} />}
    </Stack>
  );
}

function NoTopics({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="No topic has this in its name">
      <Anchor component={Link} href="/topics" size="sm">
        Show all topics
      </Anchor>
    </Empty>
  ) : (
    <Empty title="The Kafka cluster has no topics">
      A job that writes to a topic makes it, when the broker allows that.
    </Empty>
  );
}

function Topics({ items }: { readonly items: readonly TopicView[] }) {
  return (
    <Table highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <SortHeader label="Topic" by="name" usual="name" />
          <SortHeader label="Partitions" by="partitions" usual="name" right />
          <Table.Th ta="right">Records kept</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((topic) => (
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
  );
}
