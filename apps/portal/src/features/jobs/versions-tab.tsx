'use client';
import { Badge, Paper, Table } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import { Failed, formatTime, Loading } from '@millrace/ui';
import { useVersions } from './queries.ts';

export function VersionsTab({ job }: { readonly job: JobDetailView }) {
  const { data, error, refetch } = useVersions(job.id);
  if (data === undefined)
    return error === null ? <Loading what="versions" /> : <Failed what="versions" error={error} onRetry={refetch} />;
  return (
    <Paper p={0}>
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version</Table.Th>
              <Table.Th>Saved</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>Settings</Table.Th>
              <Table.Th>Comment</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((version) => (
              <Table.Tr key={version.version}>
                <Table.Td>
                  {version.version} {version.version === job.version ? <Badge color="teal">last run</Badge> : null}
                </Table.Td>
                <Table.Td className="numbers">{formatTime(version.createdAt)}</Table.Td>
                <Table.Td>{version.createdBy}</Table.Td>
                <Table.Td>
                  {version.settings.guarantee}, × {version.settings.parallelism}, {version.settings.queue}
                </Table.Td>
                <Table.Td>{version.comment}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}
