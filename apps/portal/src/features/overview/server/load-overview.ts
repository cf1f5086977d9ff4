import { listJobs, listRecentEvents, overview } from '@millrace/database';
import { isActive, JOB_STATUSES } from '@millrace/model';
import type { OverviewView } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';
import { loadQueues } from '../../queues/server/queue-view.ts';
import { needsAttention } from './needs-attention.ts';

const ATTENTION_MAX = 50;
/** More jobs than that are not looked through for one page. */
const JOBS_MAX = 1_000;
/** Whatever rests as somebody wanted it needs nobody. */
const WATCHED = JOB_STATUSES.filter((status) => status === 'failed' || isActive(status));

/** The first page: totals of fresh reports only, what needs attention, pools, and the latest events. */
export async function loadOverview(): Promise<OverviewView> {
  const { client } = database();
  const [totals, queues, { jobs }, events] = await Promise.all([
    overview(client),
    loadQueues(),
    listJobs(client, { statuses: WATCHED, sort: 'updatedAt', direction: 'descending', page: 0, pageSize: JOBS_MAX }),
    listRecentEvents(client, 20),
  ]);
  const now = Date.now();
  const attention = needsAttention(jobs, now);
  return {
    asOf: new Date(now).toISOString(),
    recordsInPerSecond: totals.recordsInPerSecond,
    recordsOutPerSecond: totals.recordsOutPerSecond,
    lagRecords: totals.sourceLagRecords,
    lagMs: totals.sourceLagMs,
    jobsRunning: totals.jobs.find(({ status }) => status === 'running')?.count ?? 0,
    jobs: Object.fromEntries(totals.jobs.map(({ status, count }) => [status, count])),
    nodesRunning: totals.nodes.find(({ status }) => status === 'running')?.count ?? 0,
    nodes: totals.nodes.reduce((sum, { count }) => sum + count, 0),
    capacity: totals.capacity,
    allocated: totals.allocated,
    needsAttention: attention.slice(0, ATTENTION_MAX),
    attentionTotal: attention.length,
    queues,
    events: events.map(({ id, at, kind, severity, message, jobId, jobName }) => ({
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
