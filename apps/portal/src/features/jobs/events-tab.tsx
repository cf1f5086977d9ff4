'use client';
import { Badge, Group, Paper, Select, Table } from '@mantine/core';
import { Empty, Failed, formatTime, Loading } from '@millrace/ui';
import { OlderPages, useOlderQuery } from '../../client/pages.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useEvents } from './queries.ts';

const COLORS: Readonly<Record<string, string>> = { info: 'gray', warning: 'yellow', error: 'red' };

/** What happened to the job, newest first. */
export function EventsTab({ jobId }: { readonly jobId: string }) {
  const url = useUrlState();
  const { data, error, refetch } = useEvents(jobId, useOlderQuery(['severity']));
  const severity = url.get('severity');
  return (
    <Paper p={0}>
      <Group p="sm">
        <Select
          aria-label="Severity"
          placeholder="Any severity"
          clearable
          w={150}
          data={Object.keys(COLORS)}
          value={severity ?? null}
          onChange={(value) => url.set({ severity: value ?? undefined })}
        />
      </Group>
      {error === null ? null : <Failed what="events" error={error} onRetry={refetch} />}
      {data === undefined ? (
        error === null ? (
          <Loading what="events" />
        ) : null
      ) : data.length === 0 ? (
        <Empty title={severity === undefined ? 'Nothing has happened yet' : `No event of severity ${severity}`} />
      ) : (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={170}>When</Table.Th>
                <Table.Th w={150}>Kind</Table.Th>
                <Table.Th>What</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((event) => (
                <Table.Tr key={event.id}>
                  <Table.Td className="numbers">{formatTime(event.at)}</Table.Td>
                  <Table.Td>
                    <Badge color={COLORS[event.severity] ?? 'gray'}>{event.kind}</Badge>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{event.message}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <OlderPages ids={data?.map(({ id }) => id) ?? []} />
    </Paper>
  );
}
