'use client';
import { Anchor, Badge, Paper, Table } from '@mantine/core';
import { Empty, Failed, formatBytes, Loading, TimeAgo } from '@millrace/ui';
import Link from 'next/link';
import { useContainers } from './queries.ts';

const COLORS: Readonly<Record<string, string>> = {
  running: 'teal',
  launching: 'cyan',
  allocated: 'cyan',
  stopping: 'gray',
  finished: 'gray',
  failed: 'red',
  lost: 'red',
};

export function ContainersTab({ jobId }: { readonly jobId: string }) {
  const { data, error, refetch } = useContainers(jobId);
  if (data === undefined)
    return error === null ? (
      <Loading what="containers" />
    ) : (
      <Failed what="containers" error={error} onRetry={refetch} />
    );
  return (
    <Paper p={0}>
      {data.length === 0 ? (
        <Empty title="No container yet">They are granted once the job is started and its pool has room.</Empty>
      ) : (
        <Table.ScrollContainer minWidth={900}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Role</Table.Th>
                <Table.Th>Status</Table.Th>
                <Table.Th>Node</Table.Th>
                <Table.Th ta="right">Attempt</Table.Th>
                <Table.Th ta="right">Memory</Table.Th>
                <Table.Th ta="right">Vcores</Table.Th>
                <Table.Th ta="right">Pid</Table.Th>
                <Table.Th>Since</Table.Th>
                <Table.Th>Why it ended</Table.Th>
                <Table.Th>Id</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((container) => (
                <Table.Tr key={container.id} {...(container.endedAt === null ? {} : { c: 'dimmed' })}>
                  <Table.Td>{container.role}</Table.Td>
                  <Table.Td>
                    <Badge color={COLORS[container.status] ?? 'gray'}>{container.status}</Badge>
                  </Table.Td>
                  <Table.Td>{container.node}</Table.Td>
                  <Table.Td ta="right">{container.attempt}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {container.endedAt === null ? `${formatBytes(container.rssBytes)} of ` : ''}
                    {container.memoryMb} MiB
                  </Table.Td>
                  <Table.Td ta="right">{container.vcores}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {container.pid ?? '–'}
                  </Table.Td>
                  <Table.Td>
                    <TimeAgo at={container.endedAt ?? container.startedAt ?? container.allocatedAt} />
                  </Table.Td>
                  <Table.Td maw={260}>
                    {container.reason ?? (container.exitCode === null ? '' : `exit code ${container.exitCode}`)}
                  </Table.Td>
                  <Table.Td>
                    <Anchor
                      component={Link}
                      href={`/jobs/${jobId}?tab=logs&container=${container.id}`}
                      size="xs"
                      className="mono"
                      title={`Log of ${container.id}`}
                    >
                      {container.id.slice(0, 8)}
                    </Anchor>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}
