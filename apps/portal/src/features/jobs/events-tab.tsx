'use client';
import { Badge, Paper, Table } from '@mantine/core';
import { Empty, Failed, formatTime, Loading } from '@millrace/ui';
import { useEvents } from './queries.ts';

const COLORS: Readonly<Record<string, string>> = { info: 'gray', warning: 'yellow', error: 'red' };

export function EventsTab({ jobId }: { readonly jobId: string }) {
  const { data, error, refetch } = useEvents(jobId);
  if (data === undefined)
    return error === null ? <Loading what="events" /> : <Failed what="events" error={error} onRetry={refetch} />;
  return (
    <Paper p={0}>
      {data.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <Table>
          <Table.Tbody>
            {data.map((event) => (
              <Table.Tr key={event.id}>
                <Table.Td w={170} className="numbers">
                  {formatTime(event.at)}
                </Table.Td>
                <Table.Td w={150}>
                  <Badge color={COLORS[event.severity] ?? 'gray'}>{event.kind}</Badge>
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{event.message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
