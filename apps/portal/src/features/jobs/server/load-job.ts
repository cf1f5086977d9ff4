import { getJob, getVersion } from '@millrace/database';
import type { JobDetailView } from '@millrace/protocol/api';
import { database } from '../../../server/database.ts';
import { HttpError } from '../../../server/problem.ts';
import { jobDetailView } from './job-view.ts';

/** One job with its latest figures and the program it runs (or would run next). */
export async function loadJob(id: string): Promise<JobDetailView> {
  const job = await getJob(database().client, id);
  const version =
    job === undefined
      ? undefined
      : await getVersion(database().client, id, job.application?.version ?? job.latestVersion);
  if (job === undefined || version === undefined) throw new HttpError(404, 'job.missing', 'There is no such job.');
  return jobDetailView(job, version, Date.now());
}
