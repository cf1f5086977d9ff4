'use client';
import { Badge, Button, Group, Paper, Select, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import { Empty, Failed, formatBytes, formatDuration, formatTime, formatWhole, Loading } from '@millrace/ui';
import { failed, succeeded } from '../../client/notify.tsx';
import { OlderPages, useOlderQuery } from '../../client/pages.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useMay } from '../account/queries.ts';
import { aboutJob } from './about-job.ts';
import { useCheckpoints, useDoJobAction } from './queries.ts';

const COLORS: Readonly<Record<string, string>> = { completed: 'teal', failed: 'red', discarded: 'gray' };

const FILTERS = [
  { name: 'kind', label: 'Kind', any: 'Any kind', values: ['checkpoint', 'savepoint'] },
  { name: 'status', label: 'Status', any: 'Any status', values: ['completed', 'failed', 'discarded'] },
] as const;

/** History, newest first. A stopped job can start again from any completed one. */
export function CheckpointsTab({ job }: { readonly job: JobDetailView }) {
  const url = useUrlState();
  const { data, error, refetch } = useCheckpoints(job.id, useOlderQuery(['kind', 'status']));
  const act = useDoJobAction(job.id);
  const starts = useMay()('jobs.start');
  if (data === undefined)
    return error === null ? (
      <Loading what="checkpoints" />
    ) : (
      <Failed what="checkpoints" error={error} onRetry={refetch} />
    );
  const restore = (id: number) =>
    act.mutate(
      { action: 'start', body: { from: { checkpoint: id } } },
      {
        onSuccess: () => succeeded(`${job.name} starts from #${id}.`, aboutJob(job, 'events')),
        onError: (problem) => failed(`Start of ${job.name}`, problem, aboutJob(job)),
      },
    );
  return (
    <Paper p={0}>
      <Group p="sm" gap="lg">
        <Text size="sm">
          <b>{formatWhole(data.totals.completed)}</b> completed
        </Text>
        <Text size="sm">
          <b>{formatWhole(data.totals.failed)}</b> failed
        </Text>
        <Text size="sm">
          <b>{formatWhole(data.totals.savepoints)}</b> savepoints kept
        </Text>
        <Group gap="xs">
          {FILTERS.map(({ name, label, any, values }) => (
            <Select
              key={name}
              aria-label={label}
              placeholder={any}
              clearable
              w={150}
              data={[...values]}
              value={url.get(name) ?? null}
              onChange={(value) => url.set({ [name]: value ?? undefined })}
            />
          ))}
        </Group>
        {job.restoredFrom === null ? null : (
          <Text size="sm" c="dimmed">
            This run started from #{job.restoredFrom.id}
            {job.restoreReason === null ? '' : `: ${job.restoreReason}`}
          </Text>
        )}
      </Group>
      {data.items.length === 0 ? (
        FILTERS.some(({ name }) => url.get(name) !== undefined) ? (
          <Empty title="No checkpoint fits">Clear the filters to see all.</Empty>
        ) : (
          <Empty title="No checkpoint yet">
            The first one follows {formatDuration(job.settings.checkpoint.intervalMs)} after the job runs.
          </Empty>
        )
      ) : (
        <Table.ScrollContainer minWidth={760}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Id</Table.Th>
                <Table.Th>Kind</Table.Th>
                <Table.Th>Status</Table.Th>
                <Table.Th>Triggered</Table.Th>
                <Table.Th ta="right">Duration</Table.Th>
                <Table.Th ta="right">Written</Table.Th>
                <Table.Th ta="right">Full size</Table.Th>
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map((checkpoint) => (
                <Table.Tr key={checkpoint.id}>
                  <Table.Td>#{checkpoint.id}</Table.Td>
                  <Table.Td>
                    {checkpoint.kind === 'savepoint' ? <Badge color="grape">savepoint</Badge> : 'checkpoint'}
                  </Table.Td>
                  <Table.Td>
                    {checkpoint.status === 'discarded' ? (
                      <Tooltip label="Superseded by newer ones: its bytes are gone, a job cannot start from it">
                        <Badge color="gray">discarded</Badge>
                      </Tooltip>
                    ) : (
                      <Badge color={COLORS[checkpoint.status] ?? 'gray'}>{checkpoint.status}</Badge>
                    )}
                    {checkpoint.failure === null ? null : (
                      <Text size="xs" c="red">
                        {checkpoint.failure}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td className="numbers">{formatTime(checkpoint.triggeredAt)}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {formatDuration(checkpoint.durationMs)}
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {formatBytes(checkpoint.writtenBytes)}
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {formatBytes(checkpoint.sizeBytes)}
                  </Table.Td>
                  <Table.Td ta="right">
                    {starts && checkpoint.status === 'completed' && job.refusals.start === undefined ? (
                      <Button variant="subtle" size="compact-xs" onClick={() => restore(checkpoint.id)}>
                        Start from here
                      </Button>
                    ) : null}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <OlderPages ids={data.items.map(({ id }) => id)} />
    </Paper>
  );
}
