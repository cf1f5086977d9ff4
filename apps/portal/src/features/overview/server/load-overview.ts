import { listEvents, listJobs, overview } from '@millrace/database';
import type { OverviewView } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';
import { loadQueues } from '../../queues/server/queue-view.ts';
import { needsAttention } from './needs-attention.ts';

/** The first page: totals of fresh reports only, what needs attention, pools, and the latest events. */
export async function loadOverview(): Promise<OverviewView> {
  const { client } = database();
  const [totals, queues, page] = await Promise.all([
    overview(client),
    loadQueues(),
    listJobs(client, { sort: 'updatedAt', direction: 'descending', page: 0, pageSize: 200 }),
  ]);
  const now = Date.now();
  const reporting = page.jobs.some(
    (job) => job.application?.reportAt != null && now - job.application.reportAt.getTime() < 10_000,
  );
  const recent = await Promise.all(
    page.jobs
      .slice(0, 10)
      .map(async (job) =>
        (await listEvents(client, job.id, { limit: 10 })).map((event) => ({ ...event, jobName: job.name })),
      ),
  );
  return {
    asOf: new Date(now).toISOString(),
    recordsInPerSecond: reporting ? totals.recordsInPerSecond : null,
    recordsOutPerSecond: reporting ? totals.recordsOutPerSecond : null,
    lagRecords: reporting ? totals.sourceLagRecords : null,
    jobsRunning: totals.jobs.find(({ status }) => status === 'running')?.count ?? 0,
    jobs: Object.fromEntries(totals.jobs.map(({ status, count }) => [status, count])),
    nodesRunning: totals.nodes.find(({ status }) => status === 'running')?.count ?? 0,
    nodes: totals.nodes.reduce((sum, { count }) => sum + count, 0),
    needsAttention: needsAttention(page.jobs, now),
    queues,
    events: recent
      .flat()
      .sort((a, b) => b.at.getTime() - a.at.getTime())
      .slice(0, 20)
      .map(({ id, at, kind, severity, message, jobId, jobName }) => ({
        id,
        at: at.toISOString(),
        kind,
        severity,
        message,
        jobId,
        jobName,
      })),
  };
}
