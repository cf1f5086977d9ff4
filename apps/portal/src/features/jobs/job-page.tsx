'use client';
import { Alert, Anchor, Badge, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import type { JobDetailView } from '@millrace/protocol/api';
import {
  Failed,
  formatCount,
  formatDuration,
  formatRate,
  formatTime,
  Loading,
  StatTile,
  StatusBadge,
  TimeAgo,
  useNow,
} from '@millrace/ui';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { Suspense } from 'react';
import { useLive } from '../../client/live.tsx';
import { usePageTitle } from '../../client/page-title.ts';
import { CheckpointsTab } from './checkpoints-tab.tsx';
import { ContainersTab } from './containers-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { JobActions } from './job-actions.tsx';
import { LogsTab } from './logs-tab.tsx';
import { useJob, useStateComparison } from './queries.ts';
import { StateVerdict } from './state-verdict.tsx';
import { VersionsTab } from './versions-tab.tsx';

/** What draws graphs, charts and programs is large: it comes with the tab that shows it. */
const loading = () => <Loading what="the tab" />;
const ConfigurationTab = dynamic(() => import('./configuration-tab.tsx').then((tab) => tab.ConfigurationTab), {
  loading,
});
const GraphTab = dynamic(() => import('./graph-tab.tsx').then((tab) => tab.GraphTab), { loading });
const MetricsTab = dynamic(() => import('./metrics-tab.tsx').then((tab) => tab.MetricsTab), { loading });
const PlanTab = dynamic(() => import('./plan-tab.tsx').then((tab) => tab.PlanTab), { loading });

export function JobPage({ id }: { readonly id: string }) {
  return (
    <Suspense>
      <Job id={id} />
    </Suspense>
  );
}

const TABS = [
  'graph',
  'plan',
  'metrics',
  'checkpoints',
  'containers',
  'logs',
  'events',
  'configuration',
  'versions',
] as const;

function Job({ id }: { readonly id: string }) {
  useLive(`job:${id}`);
  const { data: job, error, refetch } = useJob(id);
  const router = useRouter();
  const path = usePathname();
  const asked = useSearchParams().get('tab');
  const tab = TABS.find((name) => name === asked) ?? 'graph';
  usePageTitle(job?.name);
  if (job === undefined) {
    return (
      <Stack gap="sm">
        <Title order={1} fz={20}>
          Job
        </Title>
        {error === null ? (
          <Loading what="the job" />
        ) : (
          <Failed what="the job" error={error} onRetry={refetch}>
            <Anchor component={Link} href="/jobs" size="sm">
              Go to the list of jobs
            </Anchor>
          </Failed>
        )}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Header job={job} />
      <Notices job={job} />
      <NextStart job={job} />
      <Tiles job={job} />
      <Tabs
        value={tab}
        onChange={(next) => router.replace(`${path}?tab=${next}`, { scroll: false })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} tt="capitalize">
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="graph">
          <GraphTab job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="plan">
          <PlanTab job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="metrics">
          <MetricsTab jobId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="checkpoints">
          <CheckpointsTab job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="containers">
          <ContainersTab jobId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <LogsTab jobId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="events">
          <EventsTab jobId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration">
          <ConfigurationTab job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab job={job} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function Header({ job }: { readonly job: JobDetailView }) {
  const now = useNow();
  const uptime =
    job.status === 'running' && job.startedAt !== null && now > 0
      ? formatDuration(now - new Date(job.startedAt).getTime())
      : undefined;
  return (
    <Group justify="space-between" align="flex-start">
      <div style={{ minWidth: 0 }}>
        <Anchor component={Link} href="/jobs" size="xs" c="dimmed">
          Jobs
        </Anchor>
        <Group gap="sm">
          <Title order={1} fz={20} style={{ overflowWrap: 'anywhere' }}>
            {job.name}
          </Title>
          <StatusBadge status={job.status} stale={job.stale} reason={job.statusReason} />
          {job.pending ? <Badge color="cyan">wanted: {job.desired}</Badge> : null}
        </Group>
        <Text size="xs" c="dimmed">
          {job.engine} · {job.guarantee} · parallelism {job.parallelism} · pool {job.queue} · version{' '}
          {job.version ?? job.latestVersion} · {job.owner}
          {uptime === undefined ? '' : ` · up ${uptime}`} · confirmed <TimeAgo at={job.observedAt} />
        </Text>
      </div>
      <JobActions job={job} />
    </Group>
  );
}

/** Why it waits, why it failed, or that nobody can see it: one sentence each. */
function Notices({ job }: { readonly job: JobDetailView }) {
  return (
    <>
      {job.waitingReason === null ? null : (
        <Alert color="yellow" title="Waiting for resources">
          {job.waitingReason}
        </Alert>
      )}
      {job.status === 'failed' ? (
        <Alert color="red" title="The job failed">
          {job.diagnostics ?? job.statusReason ?? 'No reason was recorded; the events tab may say more.'}
        </Alert>
      ) : null}
      {job.stale ? (
        <Alert color="gray" title="Not confirmed">
          No word from the job since {formatTime(job.observedAt)}. It may well be running; nothing is restarted because
          it could not be seen.
        </Alert>
      ) : null}
    </>
  );
}

/** While another version than the last one run would start: whether it fits to where the job stands. */
function NextStart({ job }: { readonly job: JobDetailView }) {
  const differs = job.refusals.start === undefined && job.version !== null && job.version !== job.latestVersion;
  const { data } = useStateComparison(job.id, differs ? { version: job.latestVersion } : undefined);
  return differs && data != null ? (
    <StateVerdict comparison={data} version={`The next start runs version ${job.latestVersion}; it`} />
  ) : null;
}

function Tiles({ job }: { readonly job: JobDetailView }) {
  const { metrics, lastCheckpoint } = job;
  const watermark = metrics.watermark;
  const leftOut = metrics.records_filtered_at_source_total;
  const setAside = [
    metrics.records_rejected_total === undefined
      ? undefined
      : `${formatCount(metrics.records_rejected_total)} dead letters`,
    metrics.late_records_dropped_total === undefined
      ? undefined
      : `${formatCount(metrics.late_records_dropped_total)} late`,
  ].filter((part) => part !== undefined);
  return (
    <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(170px, 1fr))', gap: 12 }}>
      <StatTile
        label="Records in"
        value={formatRate(metrics.records_in_per_second)}
        hint={
          metrics.records_in_total === undefined
            ? 'not known now'
            : `${formatCount(metrics.records_in_total)} in this run${leftOut === undefined ? '' : `, ${formatCount(leftOut)} left out at the source`}`
        }
      />
      <StatTile
        label="Records out"
        value={formatRate(metrics.records_out_per_second)}
        hint={
          metrics.records_out_total === undefined
            ? 'not known now'
            : [`${formatCount(metrics.records_out_total)} in this run`, ...setAside].join(', ')
        }
      />
      <StatTile
        label="Consumer lag"
        value={formatCount(metrics.source_lag_records)}
        hint={
          metrics.source_lag_ms === undefined ? 'records' : `records, ${formatDuration(metrics.source_lag_ms)} behind`
        }
      />
      <StatTile
        label="Watermark lag"
        value={formatDuration(metrics.watermark_lag_ms)}
        hint={
          watermark === undefined || watermark <= 0 || watermark > 8e15
            ? 'no watermark'
            : `event time ${formatTime(watermark).slice(11)}`
        }
      />
      <StatTile
        label="Last checkpoint"
        value={lastCheckpoint === null ? '–' : <TimeAgo at={lastCheckpoint.completedAt} />}
        hint={
          lastCheckpoint === null
            ? 'none yet'
            : metrics.checkpoint_duration_ms === undefined
              ? `${lastCheckpoint.kind} #${lastCheckpoint.id}`
              : `${lastCheckpoint.kind} #${lastCheckpoint.id}, took ${formatDuration(metrics.checkpoint_duration_ms)}`
        }
      />
      <StatTile
        label="Restarts"
        value={formatCount(metrics.restarts_total)}
        hint={job.restoredFrom === null ? 'in this run' : `restored from #${job.restoredFrom.id}`}
      />
    </div>
  );
}
