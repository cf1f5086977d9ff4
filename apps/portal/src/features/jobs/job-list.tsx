'use client';
import {
  Anchor,
  Button,
  Group,
  Pagination,
  Paper,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { JOB_STATUSES } from '@millrace/model';
import type { JobSummaryView } from '@millrace/protocol/api';
import { Empty, Failed, formatCount, formatDuration, formatRate, Loading, StatusBadge, TimeAgo } from '@millrace/ui';
import { IconChevronDown, IconChevronUp, IconPlus, IconSearch } from '@tabler/icons-react';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { Suspense } from 'react';
import { useLive } from '../../client/live.tsx';
import { useMay } from '../account/queries.ts';
import { useJobs } from './queries.ts';

const PAGE_SIZE = 50;

export function JobList() {
  return (
    <Suspense>
      <List />
    </Suspense>
  );
}

/** Filter, sort and page live in the URL and are done by the server, so a link shows what its sender saw. */
function List() {
  useLive('jobs');
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  const query = new URLSearchParams(search);
  query.set('pageSize', String(PAGE_SIZE));
  const { data, error, refetch } = useJobs(query.toString());
  const set = (changes: Readonly<Record<string, string | undefined>>) => {
    const next = new URLSearchParams(search);
    next.delete('page');
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    router.replace(`${path}?${next}`, { scroll: false });
  };
  const creates = useMay()('jobs.create');
  const find = useDebouncedCallback((text: string) => set({ q: text }), 250);
  const page = Number(search.get('page') ?? 0);
  const filtered = search.get('q') !== null || search.get('status') !== null;
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
        <TextInput
          aria-label="Find by name or owner"
          placeholder="Name or owner"
          leftSection={<IconSearch size={14} />}
          w={260}
          defaultValue={search.get('q') ?? ''}
          onChange={(event) => find(event.currentTarget.value)}
        />
        <Select
          aria-label="Status"
          placeholder="Any status"
          clearable
          w={150}
          data={[...JOB_STATUSES]}
          value={search.get('status')}
          onChange={(status) => set({ status: status ?? undefined })}
        />
        {data === undefined ? null : (
          <Text size="xs" c="dimmed">
            {data.total} {data.total === 1 ? 'job' : 'jobs'}
          </Text>
        )}
      </Group>
      <Paper p={0}>
        {data === undefined ? (
          error === null ? (
            <Loading what="jobs" />
          ) : (
            <Failed what="jobs" error={error} onRetry={refetch} />
          )
        ) : data.items.length === 0 ? (
          filtered ? (
            <Empty title="No job fits">Clear the filters to see all.</Empty>
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
          )
        ) : (
          <Rows
            jobs={data.items}
            sort={search.get('sort') ?? 'name'}
            direction={search.get('direction') ?? 'ascending'}
            onSort={(sort, direction) => set({ sort, direction })}
          />
        )}
      </Paper>
      {data !== undefined && data.total > PAGE_SIZE ? (
        <Pagination
          size="sm"
          total={Math.ceil(data.total / PAGE_SIZE)}
          value={page + 1}
          onChange={(number) => set({ page: String(number - 1) })}
          getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          getItemProps={(number) => ({ 'aria-label': `page ${number}` })}
        />
      ) : null}
    </Stack>
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

interface RowsProps {
  readonly jobs: readonly JobSummaryView[];
  readonly sort: string;
  readonly direction: string;
  readonly onSort: (sort: string, direction: string) => void;
}

function Rows({ jobs, sort, direction, onSort }: RowsProps) {
  return (
    <Table.ScrollContainer minWidth={980}>
      <Table highlightOnHover stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map(({ label, sort: key, right }) => (
              <Table.Th
                key={label}
                ta={right ? 'right' : 'left'}
                {...(key === sort ? { 'aria-sort': direction as 'ascending' | 'descending' } : {})}
              >
                {key === undefined ? (
                  label
                ) : (
                  <UnstyledButton
                    fz="sm"
                    fw={700}
                    onClick={() => onSort(key, key === sort && direction === 'ascending' ? 'descending' : 'ascending')}
                  >
                    {label}{' '}
                    {key === sort ? (
                      direction === 'ascending' ? (
                        <IconChevronUp size={11} />
                      ) : (
                        <IconChevronDown size={11} />
                      )
                    ) : null}
                  </UnstyledButton>
                )}
              </Table.Th>
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
