'use client';
import { Anchor, Button, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core';
import { JOB_STATUSES } from '@millrace/model';
import type { JobSummaryView } from '@millrace/protocol/api';
import {
  Answered,
  Empty,
  formatCount,
  formatDuration,
  formatRate,
  formatWhole,
  StatusBadge,
  TimeAgo,
} from '@millrace/ui';
import { IconPlus } from '@tabler/icons-react';
import Link from 'next/link';
import { Suspense } from 'react';
import { useLive } from '../../client/live.tsx';
import { PAGE_SIZE, Pages, usePage } from '../../client/pages.tsx';
import { SearchField } from '../../client/search-field.tsx';
import { SortHeader } from '../../client/sort-header.tsx';
import { useUrlState } from '../../client/url-state.ts';
import { useMay } from '../account/queries.ts';
import { usePools } from '../queues/queries.ts';
import { useJobs } from './queries.ts';

export function JobList() {
  return (
    <Suspense>
      <List />
    </Suspense>
  );
}

const FILTERS = ['q', 'status', 'queue', 'page'];

/** Filter, sort and page live in the URL and are done by the server, so a link shows what its sender saw. */
function List() {
  useLive('jobs');
  const url = useUrlState();
  const page = usePage();
  const query = new URLSearchParams({ page: String(page), pageSize: String(PAGE_SIZE) });
  for (const name of ['q', 'status', 'queue', 'sort', 'direction']) {
    const value = url.get(name);
    if (value !== undefined) query.set(name, value);
  }
  const answer = useJobs(query.toString());
  const { data, dataUpdatedAt } = answer;
  const pools = usePools().data?.items ?? [];
  const creates = useMay()('jobs.create');
  const queue = url.get('queue');
  const filtered = FILTERS.some((name) => url.get(name) !== undefined);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Jobs
        </Title>
        {creates ? (
          <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={14} />}>
            New job
          </Button>
        ) : null}
      </Group>
      <Group gap="xs">
        <SearchField label="Find by name or owner" placeholder="Name or owner" width={260} />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          w={150}
          data={[...JOB_STATUSES]}
          value={url.get('status') ?? null}
          onChange={(status) => url.set({ status: status ?? undefined })}
        />
        <Select
          aria-label="Pool"
          placeholder="Any pool"
          clearable
          searchable
          w={220}
          // A pool the link names is shown also while the pools are loading, or when it is gone.
          data={[...new Set([...pools.map(({ name }) => name), ...(queue === undefined ? [] : [queue])])]}
          value={queue ?? null}
          onChange={(name) => url.set({ queue: name ?? undefined })}
        />
        {data === undefined ? null : (
          <Text size="xs" c="dimmed">
            {formatWhole(data.total)} {data.total === 1 ? 'job' : 'jobs'} · as of <TimeAgo at={dataUpdatedAt} />
          </Text>
        )}
      </Group>
      <Answered what="the jobs" answer={answer}>
        {({ items }) => (
          <Paper p={0}>
            {items.length === 0 ? <NoJobs isFiltered={filtered} creates={creates} /> : <Rows jobs={items} />}
          </Paper>
        )}
      </Answered>
      {data === undefined ? null : <Pages total={data.total} />}
    </Stack>
  );
}

function NoJobs({ isFiltered, creates }: { readonly isFiltered: boolean; readonly creates: boolean }) {
  return isFiltered ? (
    <Empty title="No job fits">
      <Anchor component={Link} href="/jobs" size="sm">
        Show all jobs
      </Anchor>
    </Empty>
  ) : (
    <Empty title="No jobs yet">
      {creates ? (
        <Anchor component={Link} href="/jobs/new">
          Write the first one
        </Anchor>
      ) : (
        'They appear here as soon as somebody makes one.'
      )}
    </Empty>
  );
}

const COLUMNS: readonly { readonly label: string; readonly sort?: string; readonly right?: boolean }[] = [
  { label: 'Job', sort: 'name' },
  { label: 'Status', sort: 'status' },
  { label: 'Pool', sort: 'queue' },
  { label: 'In', sort: 'throughput', right: true },
  { label: 'Out', right: true },
  { label: 'Lag', sort: 'lag', right: true },
  { label: 'Last checkpoint', sort: 'checkpoint' },
  { label: 'Restarts', right: true },
  { label: 'Version', right: true },
  { label: 'Owner', sort: 'owner' },
];

function Rows({ jobs }: { readonly jobs: readonly JobSummaryView[] }) {
  return (
    <Table.ScrollContainer minWidth={980}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map(({ label, sort, right }) => (
              <SortHeader key={label} label={label} by={sort} usual="name" right={right} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ job }: { readonly job: JobSummaryView }) {
  const { metrics } = job;
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor component={Link} href={`/jobs/${job.id}`} fw={600} size="sm" style={{ overflowWrap: 'anywhere' }}>
          {job.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {job.engine} · {job.guarantee} · × {job.parallelism}
        </Text>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={job.status} stale={job.stale} reason={job.waitingReason ?? job.statusReason} />
        <Text size="xs" c="dimmed">
          {job.pending ? `wanted: ${job.desired}` : <TimeAgo at={job.stale ? job.observedAt : job.statusAt} />}
        </Text>
      </Table.Td>
      <Table.Td>{job.queue}</Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatRate(metrics.records_in_per_second)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatRate(metrics.records_out_per_second)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatCount(metrics.source_lag_records)}
        <Text size="xs" c="dimmed">
          {metrics.source_lag_ms === undefined ? '' : formatDuration(metrics.source_lag_ms)}
        </Text>
      </Table.Td>
      <Table.Td>{job.lastCheckpoint === null ? '–' : <TimeAgo at={job.lastCheckpoint.completedAt} />}</Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatCount(metrics.restarts_total)}
      </Table.Td>
      <Table.Td ta="right">
        {job.version !== null && job.version !== job.latestVersion
          ? `${job.version} (${job.latestVersion} saved)`
          : job.latestVersion}
      </Table.Td>
      <Table.Td>{job.owner}</Table.Td>
    </Table.Tr>
  );
}
