'use client';
import { Badge, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { NodeView } from '@millrace/protocol/api';
import {
  Empty,
  Failed,
  formatBytes,
  formatCount,
  formatRatio,
  Loading,
  ResourceBar,
  TimeAgo,
  useNow,
} from '@millrace/ui';
import { useNodes } from './queries.ts';

/** A heartbeat comes every second; a node silent for this long is not confirmed any more. */
const SILENT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;
const COLORS = { running: 'teal', lost: 'red', draining: 'yellow' } as const;

/** The machines: what they offer, what containers hold of it, and when they were last heard of. */
export function NodeList() {
  const { data, error, refetch, dataUpdatedAt } = useNodes();
  if (data === undefined)
    return error === null ? <Loading what="the nodes" /> : <Failed what="the nodes" error={error} onRetry={refetch} />;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Nodes
        </Title>
        <Text size="xs" c="dimmed">
          as of <TimeAgo at={dataUpdatedAt} />
        </Text>
      </Group>
      <Paper p={0}>
        {data.length === 0 ? (
          <Empty title="No node has registered">
            Start a node agent that points at the scheduler; it appears here by itself.
          </Empty>
        ) : (
          <Table.ScrollContainer minWidth={900}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Node</Table.Th>
                  <Table.Th w={100}>Status</Table.Th>
                  <Table.Th w="20%">vcores held</Table.Th>
                  <Table.Th w="20%">Memory held</Table.Th>
                  <Table.Th ta="right">CPU of the machine</Table.Th>
                  <Table.Th ta="right">Memory of the machine</Table.Th>
                  <Table.Th ta="right">Containers</Table.Th>
                  <Table.Th>Last heartbeat</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.map((node) => (
                  <NodeRow key={node.id} node={node} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Paper>
    </Stack>
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
