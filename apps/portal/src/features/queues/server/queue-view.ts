import { listJobs, listQueues } from '@millrace/database';
import type { QueueView } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';

/** All pools with their load and the jobs that wait in each, with the reason. */
export async function loadQueues(): Promise<QueueView[]> {
  const { client } = database();
  const queues = await listQueues(client);
  const { jobs } = await listJobs(client, {
    statuses: ['submitted', 'accepted', 'restarting'],
    sort: 'updatedAt',
    direction: 'ascending',
    page: 0,
    pageSize: 200,
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
    version: queue.version,
    waiting: jobs.flatMap((job) =>
      job.queue === queue.name && job.waitingReason !== null
        ? [{ jobId: job.id, job: job.name, reason: job.waitingReason, since: job.statusAt.toISOString() }]
        : [],
    ),
  }));
}
