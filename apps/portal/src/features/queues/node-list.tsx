'use client';
import { Anchor, Badge, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core';
import type { NodeView } from '@millrace/protocol/api';
import {
  Answered,
  Empty,
  formatBytes,
  formatCount,
  formatRatio,
  formatWhole,
  ResourceBar,
  TimeAgo,
  useNow,
} from '@millrace/ui';
import Link from 'next/link';
import { Suspense } from 'react';
import { PAGE_SIZE, Pages, usePage } from '../../client/pages.tsx';
import { SearchField } from '../../client/search-field.tsx';
import { SortHeader } from '../../client/sort-header.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useNodes } from './queries.ts';

/** A heartbeat comes every second; a node silent for this long is not confirmed any more. */
const SILENT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;
const COLORS = { running: 'teal', lost: 'red', draining: 'yellow' } as const;

const FILTERS = ['q', 'status', 'page'];

export function NodeList() {
  return (
    <Suspense>
      <List />
    </Suspense>
  );
}

/** The machines: what they offer, what containers hold of it, and when they were last heard of. */
function List() {
  const url = useUrlState();
  const query = new URLSearchParams({ page: String(usePage()), pageSize: String(PAGE_SIZE) });
  for (const name of ['q', 'status', 'sort', 'direction']) {
    const value = url.get(name);
    if (value !== undefined) query.set(name, value);
  }
  const answer = useNodes(query.toString());
  const { data } = answer;
  return (
    <Stack gap="sm">
      <Title order={1} fz={20}>
        Nodes
      </Title>
      <Group gap="xs">
        <SearchField label="Find by name" placeholder="Name" width={260} />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          w={150}
          data={Object.keys(COLORS)}
          value={url.get('status') ?? null}
          onChange={(status) => url.set({ status: status ?? undefined })}
        />
        {data === undefined ? null : (
          <Text size="xs" c="dimmed">
            {formatWhole(data.total)} {data.total === 1 ? 'node' : 'nodes'} · as of <TimeAgo at={data.asOf} />
          </Text>
        )}
      </Group>
      <Answered what="the nodes" answer={answer}>
        {({ items }) => (
          <Paper p={0}>
            {items.length === 0 ? (
              <NoNodes isFiltered={FILTERS.some((name) => url.get(name) !== undefined)} />
            ) : (
              <Nodes items={items} />
            )}
          </Paper>
        )}
      </Answered>
      {data === undefined ? null : <Pages total={data.total} />}
    </Stack>
  );
}

function NoNodes({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="No node fits">
      <Anchor component={Link} href="/nodes" size="sm">
        Show all nodes
      </Anchor>
    </Empty>
  ) : (
    <Empty title="No node has registered">
      Start a node agent that points at the scheduler; it appears here by itself.
    </Empty>
  );
}

function Nodes({ items }: { readonly items: readonly NodeView[] }) {
  return (
    <Table.ScrollContainer minWidth={900}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <SortHeader label="Node" by="name" usual="name" />
            <Table.Th w={100}>Status</Table.Th>
            <SortHeader label="Vcores held" by="vcores" usual="name" width="20%" />
            <SortHeader label="Memory held" by="memory" usual="name" width="20%" />
            <SortHeader label="CPU of the machine" by="cpu" usual="name" right />
            <Table.Th ta="right">Memory of the machine</Table.Th>
            <SortHeader label="Containers" by="containers" usual="name" right />
            <SortHeader label="Last heartbeat" by="heartbeat" usual="name" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((node) => (
            <NodeRow key={node.id} node={node} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function NodeRow({ node }: { readonly node: NodeView }) {
  const now = useNow();
  const silent = node.status === 'running' && now > 0 && now - Date.parse(node.lastHeartbeatAt) > SILENT_MS;
  const known = node.status !== 'lost' && !silent;
  const { allocated, capacity } = node;
  return (
    <Table.Tr>
      <Table.Td fw={600} style={{ overflowWrap: 'anywhere' }}>
        {node.id}
      </Table.Td>
      <Table.Td>
        <Badge color={silent ? 'gray' : COLORS[node.status]} variant={silent ? 'outline' : 'light'}>
          {silent ? 'silent' : node.status}
        </Badge>
      </Table.Td>
      <Table.Td>
        <ResourceBar used={allocated.vcores} guaranteed={capacity.vcores} maximum={capacity.vcores} unit="vcores" />
        <Text size="xs" c="dimmed" className="numbers">
          {formatCount(allocated.vcores)} of {formatCount(capacity.vcores)}
        </Text>
      </Table.Td>
      <Table.Td>
        <ResourceBar used={allocated.memoryMb} guaranteed={capacity.memoryMb} maximum={capacity.memoryMb} unit="MiB" />
        <Text size="xs" c="dimmed" className="numbers">
          {formatBytes(allocated.memoryMb * MEBIBYTE)} of {formatBytes(capacity.memoryMb * MEBIBYTE)}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatRatio(known ? node.cpuRatio : null)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatBytes(known && node.usedMemoryMb !== null ? node.usedMemoryMb * MEBIBYTE : null)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {node.containers}
      </Table.Td>
      <Table.Td>
        <TimeAgo at={node.lastHeartbeatAt} />
      </Table.Td>
    </Table.Tr>
  );
}
