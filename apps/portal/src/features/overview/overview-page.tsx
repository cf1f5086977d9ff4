'use client';
import { Anchor, Badge, Button, Grid, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { OverviewView } from '@millrace/protocol/api';
import {
  Answered,
  Empty,
  formatCount,
  formatDuration,
  formatRate,
  formatWhole,
  ResourceBar,
  StatTile,
  TimeAgo,
  timeZoneOf,
} from '@millrace/ui';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import { useLive } from '../../client/live.tsx';
import { useOverview } from './queries.ts';

/** What draws them is large: the figures come first, the place is kept. */
const Charts = dynamic(() => import('./charts.tsx').then((module) => module.Charts), {
  loading: () => <div style={{ height: 214 }} />,
});

/** What needs attention first, then the totals, the pools and what happened lately. */
export function OverviewPage() {
  useLive('overview');
  const answer = useOverview();
  const { data } = answer;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} fz={20}>
          Overview
        </Title>
        {data === undefined ? null : (
          <Text size="xs" c="dimmed">
            as of <TimeAgo at={data.asOf} /> · times in {timeZoneOf(Date.parse(data.asOf))}
          </Text>
        )}
      </Group>
      <Answered what="the overview" answer={answer}>
        {(overview) => (
          <>
            <NeedsAttention items={overview.needsAttention} total={overview.attentionTotal} />
            <Tiles data={overview} />
            <Charts />
            <Grid gap="sm">
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Pools queues={overview.queues} />
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 7 }}>
                <Events events={overview.events} />
              </Grid.Col>
            </Grid>
          </>
        )}
      </Answered>
    </Stack>
  );
}

const SHOWN_AT_FIRST = 6;

interface NeedsAttentionProps {
  readonly items: OverviewView['needsAttention'];
  readonly total: number;
}

function NeedsAttention({ items, total }: NeedsAttentionProps) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, SHOWN_AT_FIRST);
  return (
    <Paper>
      <Group gap="xs" mb={items.length === 0 ? 0 : 'xs'}>
        <Title order={2} fz={14}>
          Needs attention
        </Title>
        <Badge
          color={items.length === 0 ? 'teal' : items.some(({ severity }) => severity === 'error') ? 'red' : 'yellow'}
        >
          {total === 0 ? 'nothing' : formatWhole(total)}
        </Badge>
      </Group>
      {items.length === 0 ? null : (
        <ul className="rows">
          {shown.map((item) => (
            <li className="row attention" key={item.jobId}>
              <span>
                <Badge color={item.severity === 'error' ? 'red' : 'yellow'}>{item.severity}</Badge>
              </span>
              <Anchor component={Link} href={`/jobs/${item.jobId}`} size="sm" fw={600}>
                {item.job}
              </Anchor>
              <Text size="sm" className="wide">
                {item.reason}
              </Text>
              <Text size="sm">{item.owner}</Text>
              <Text size="sm" c="dimmed">
                <TimeAgo at={item.since} />
              </Text>
            </li>
          ))}
        </ul>
      )}
      {items.length <= SHOWN_AT_FIRST ? null : (
        <Group gap="sm" mt={6}>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show ${items.length - SHOWN_AT_FIRST} more`}
          </Button>
          {total > items.length ? (
            <Text size="xs" c="dimmed">
              The {items.length} worst of {formatWhole(total)}; see{' '}
              <Anchor component={Link} href="/jobs?status=failed" size="xs" underline="always">
                all failed jobs
              </Anchor>
              .
            </Text>
          ) : null}
        </Group>
      )}
    </Paper>
  );
}

function Tiles({ data }: { readonly data: OverviewView }) {
  const total = Object.values(data.jobs).reduce((sum, count) => sum + count, 0);
  const others = Object.entries(data.jobs).filter(([status]) => status !== 'running');
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 5 }} spacing="sm">
      <StatTile
        label="Records in"
        value={formatRate(data.recordsInPerSecond)}
        hint={data.recordsInPerSecond === null ? 'no job has reported lately' : 'all running jobs'}
      />
      <StatTile
        label="Records out"
        value={formatRate(data.recordsOutPerSecond)}
        hint={data.recordsOutPerSecond === null ? 'no job has reported lately' : 'all running jobs'}
      />
      <StatTile
        label="Lag"
        value={formatCount(data.lagRecords)}
        hint={
          data.lagMs === null
            ? 'records not yet read'
            : `records; the worst job is ${formatDuration(data.lagMs)} behind`
        }
      />
      <StatTile
        label="Jobs running"
        value={`${formatWhole(data.jobsRunning)} of ${formatWhole(total)}`}
        hint={others.map(([status, count]) => `${formatWhole(count)} ${status}`).join(', ')}
      />
      <StatTile
        label="Nodes running"
        value={`${data.nodesRunning} of ${data.nodes}`}
        hint={`${formatCount(data.allocated.vcores)} of ${formatCount(data.capacity.vcores)} vcores, ${formatCount(data.allocated.memoryMb / 1024)} of ${formatCount(data.capacity.memoryMb / 1024)} GiB allocated`}
      />
    </SimpleGrid>
  );
}

function Pools({ queues }: { readonly queues: OverviewView['queues'] }) {
  return (
    <Paper h="100%">
      <Group justify="space-between" mb="xs">
        <Title order={2} fz={14}>
          Pools
        </Title>
        <Anchor component={Link} href="/pools" size="xs">
          Open
        </Anchor>
      </Group>
      <Stack gap={8}>
        {queues.map((queue) => (
          <div key={queue.name} style={{ paddingLeft: (queue.name.split('.').length - 1) * 12 }}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="xs" fw={600} style={{ overflowWrap: 'anywhere' }}>
                {queue.name}
              </Text>
              <Text size="xs" c="dimmed" className="numbers" style={{ whiteSpace: 'nowrap' }}>
                {formatCount(queue.used.vcores)} / {formatCount(queue.maximum.vcores)} vcores
                {queue.waiting.length === 0 ? '' : ` · ${queue.waiting.length} waiting`}
              </Text>
            </Group>
            <ResourceBar
              used={queue.used.vcores}
              guaranteed={queue.guaranteed.vcores}
              maximum={queue.maximum.vcores}
              unit="vcores"
            />
          </div>
        ))}
      </Stack>
    </Paper>
  );
}

const EVENT_COLORS: Readonly<Record<string, string>> = { info: 'gray', warning: 'yellow', error: 'red' };

function Events({ events }: { readonly events: OverviewView['events'] }) {
  return (
    <Paper h="100%">
      <Title order={2} fz={14} mb="xs">
        Recent events
      </Title>
      {events.length === 0 ? (
        <Empty title="Nothing has happened yet">Create a job to see its events here.</Empty>
      ) : (
        <ul className="rows">
          {events.slice(0, 12).map((event) => (
            <li className="row event" key={event.id}>
              <Text size="sm" c="dimmed">
                <TimeAgo at={event.at} />
              </Text>
              <Anchor component={Link} href={`/jobs/${event.jobId}`} size="sm">
                {event.jobName ?? 'job'}
              </Anchor>
              <Text size="sm" className="wide">
                {event.severity === 'info' ? null : (
                  <Badge color={EVENT_COLORS[event.severity] ?? 'gray'} mr={6}>
                    {event.severity}
                  </Badge>
                )}
                {event.message}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Paper>
  );
}
