'use client';
import { Grid, Paper, Table } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import { formatDuration, SqlEditor } from '@millrace/ui';

/** The program and the settings of the version that runs, or would run next. */
export function ConfigurationTab({ job }: { readonly job: JobDetailView }) {
  const { settings } = job;
  const { master, worker } = settings.containers;
  const rows: readonly (readonly [string, string])[] = [
    ['Engine', settings.engine],
    ['Guarantee', settings.guarantee],
    ['Parallelism', String(settings.parallelism)],
    ['Pool', settings.queue],
    ['Checkpoint every', formatDuration(settings.checkpoint.intervalMs)],
    ['Checkpoint time limit', formatDuration(settings.checkpoint.timeoutMs)],
    ['Checkpoints kept', String(settings.checkpoint.retainedCount)],
    ['Restarts at most', `${settings.restart.attemptsMax}, ${formatDuration(settings.restart.delayMs)} apart`],
    ['Dead-letter topic', settings.deadLetterTopic ?? 'none: the first bad record fails the job'],
    ['Master container', `${master.vcores} vcores, ${master.memoryMb} MiB`],
    ['Worker container', `${worker.vcores} vcores, ${worker.memoryMb} MiB`],
  ];
  return (
    <Grid gap="sm">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <SqlEditor
          value={job.sql}
          onChange={() => {}}
          diagnose={() => []}
          height="440px"
          readOnly
          label="Program of the job"
        />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Paper p={0}>
          <Table variant="vertical">
            <Table.Tbody>
              {rows.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th w={160}>{name}</Table.Th>
                  <Table.Td>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Paper>
      </Grid.Col>
    </Grid>
  );
}
