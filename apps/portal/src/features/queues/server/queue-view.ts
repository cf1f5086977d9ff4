import { listJobs, listQueues } from '@millrace/database';
import type { Resource } from '@millrace/model';
import type { QueueView } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';
import { clusterCapacity } from './cluster-capacity.ts';

/** More jobs than that are not looked through for those that wait. */
const WAITING_MAX = 1_000;

/** All pools with their load and the jobs that wait in each, with the reason. */
export async function loadQueues(): Promise<QueueView[]> {
  const { client } = database();
  const queues = await listQueues(client);
  const { jobs } = await listJobs(client, {
    statuses: ['submitted', 'accepted', 'starting', 'running', 'restarting'],
    sort: 'updatedAt',
    direction: 'ascending',
    page: 0,
    pageSize: WAITING_MAX,
  });
  return queues.map((queue) => ({
    name: queue.name,
    parent: queue.parent ?? null,
    policy: queue.policy,
    state: queue.state,
    guaranteed: queue.guaranteed,
    maximum: queue.maximum,
    used: queue.used,
    pending: queue.pending,
    maxApplications: queue.maxApplications,
    runningApplications: queue.runningApplications,
    updatedAt: queue.updatedAt.toISOString(),
    version: queue.version,
    waiting: jobs.flatMap((job) =>
      job.queue === queue.name && job.waitingReason !== null
        ? [{ jobId: job.id, job: job.name, reason: job.waitingReason, since: job.statusAt.toISOString() }]
        : [],
    ),
  }));
}

/** The tree as it is sent, by the list and by the live stream alike. */
export async function loadPools(): Promise<{ items: QueueView[]; capacity: Resource; asOf: string }> {
  const [items, capacity] = await Promise.all([loadQueues(), clusterCapacity(database().client)]);
  return { items, capacity, asOf: new Date().toISOString() };
}
