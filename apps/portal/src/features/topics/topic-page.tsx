'use client';
import { Anchor, Group, Paper, Select, Stack, Switch, Table, Text, Title } from '@mantine/core';
import type { TopicMessage, TopicView } from '@millrace/protocol/api';
import { Empty, Failed, formatCount, formatTime, Loading, TimeAgo } from '@millrace/ui';
import Link from 'next/link';
import { Suspense, useState } from 'react';
import { usePageTitle } from '../../client/page-title.ts';
import { SearchField } from '../../client/search-field.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useMessages, useTopic } from './queries.ts';

export function TopicPage({ name }: { readonly name: string }) {
  const { data, error, refetch, dataUpdatedAt } = useTopic(name);
  usePageTitle(name);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs" align="baseline">
          <Anchor component={Link} href="/topics" size="sm">
            Topics
          </Anchor>
          <Title order={1} fz={20} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Title>
        </Group>
        {data === undefined ? null : (
          <Text size="xs" c="dimmed">
            as of <TimeAgo at={dataUpdatedAt} />
          </Text>
        )}
      </Group>
      {error === null ? null : (
        <Failed what="the topic" error={error} onRetry={refetch}>
          <Anchor component={Link} href="/topics" size="sm">
            Go to the list of topics
          </Anchor>
        </Failed>
      )}
      {data === undefined ? error === null ? <Loading what="the topic" /> : null : <Partitions topic={data} />}
      {data === undefined ? null : (
        <Suspense>
          <Messages name={name} />
        </Suspense>
      )}
    </Stack>
  );
}

function Partitions({ topic }: { readonly topic: TopicView }) {
  return (
    <Paper p={0}>
      <Title order={2} fz={14} px="sm" py={8}>
        Partitions
      </Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Partition</Table.Th>
            <Table.Th ta="right">First offset kept</Table.Th>
            <Table.Th ta="right">Next offset</Table.Th>
            <Table.Th ta="right">Records kept</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {topic.partitions.map(({ partition, earliest, latest }) => (
            <Table.Tr key={partition} className="numbers">
              <Table.Td>{partition}</Table.Td>
              <Table.Td ta="right">{earliest}</Table.Td>
              <Table.Td ta="right">{latest}</Table.Td>
              <Table.Td ta="right">{formatCount(Number(BigInt(latest) - BigInt(earliest)))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

const LIMITS = [20, 50, 100, 200];

/** The newest records as text; what is looked for is looked for in these only, and says so. */
function Messages({ name }: { readonly name: string }) {
  const url = useUrlState();
  const limit = LIMITS.find((count) => String(count) === url.get('limit')) ?? 50;
  const [live, setLive] = useState(true);
  const text = url.get('q') ?? '';
  const { data, error, refetch, dataUpdatedAt } = useMessages(name, limit, live);
  const shown = data?.filter(
    ({ key, value }) => text === '' || `${key ?? ''} ${value ?? ''}`.toLowerCase().includes(text.toLowerCase()),
  );
  return (
    <Paper p={0}>
      <Group justify="space-between" px="sm" py={8}>
        <Group gap="xs" align="baseline">
          <Title order={2} fz={14}>
            Newest records
          </Title>
          <Text size="xs" c="dimmed">
            read <TimeAgo at={dataUpdatedAt === 0 ? null : dataUpdatedAt} />
          </Text>
        </Group>
        <Group gap="sm">
          <SearchField label="Find in these records" placeholder="Find in these records" width={220} />
          <Select
            aria-label="How many"
            w={90}
            data={LIMITS.map(String)}
            value={String(limit)}
            onChange={(value) => url.set({ limit: value ?? undefined })}
          />
          <Switch size="xs" label="Live" checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
        </Group>
      </Group>
      {error === null ? null : <Failed what="the records" error={error} onRetry={refetch} />}
      {shown === undefined ? (
        error === null ? (
          <Loading what="the records" />
        ) : null
      ) : shown.length === 0 ? (
        <Empty title={text === '' ? 'The topic is empty' : 'None of these records contains this'} />
      ) : (
        <MessageTable messages={shown} />
      )}
    </Paper>
  );
}

function MessageTable({ messages }: { readonly messages: readonly TopicMessage[] }) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={170}>Time</Table.Th>
            <Table.Th w={110} ta="right">
              Place
            </Table.Th>
            <Table.Th w={190}>Key</Table.Th>
            <Table.Th>Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {messages.map(({ partition, offset, timestamp, key, value }) => (
            <Table.Tr key={`${partition}/${offset}`} style={{ verticalAlign: 'top' }}>
              <Table.Td className="numbers">{timestamp === null ? '–' : formatTime(timeOf(timestamp))}</Table.Td>
              <Table.Td ta="right" className="numbers" title={`partition ${partition}, offset ${offset}`}>
                {partition} / {offset}
              </Table.Td>
              <Table.Td className="mono" fz="xs" style={{ overflowWrap: 'anywhere' }}>
                {key ?? <Absent what="no key" />}
              </Table.Td>
              <Table.Td className="mono" fz="xs" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
                {value ?? <Absent what="no value (a tombstone)" />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Absent({ what }: { readonly what: string }) {
  return (
    <Text span size="xs" c="dimmed" fs="italic">
      {what}
    </Text>
  );
}

/** Kafka's epoch milliseconds as text, or ISO 8601. */
function timeOf(timestamp: string): number | string {
  return /^\d+$/.test(timestamp) ? Number(timestamp) : timestamp;
}
