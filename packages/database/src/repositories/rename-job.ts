import { StreamError } from '@millrace/model';
import { notifyChange } from '../changes.ts';
import type { Queryable } from '../client.ts';
import { type Actor, recordAudit } from './audit.ts';
import { recordEvent } from './events.ts';

/** The id stays, and with it checkpoints and history. Throws `job.missing`, `job.name-taken`. */
export async function renameJob(transaction: Queryable, jobId: string, name: string, actor: Actor): Promise<void> {
  const job = await transaction.job.findFirst({ where: { id: jobId, deletedAt: null }, select: { name: true } });
  if (job === null) throw refused('job.missing', 'This job does not exist or was deleted.');
  if (job.name === name) return;
  const taken = await transaction.job.findUnique({ where: { name }, select: { id: true } });
  if (taken !== null) throw refused('job.name-taken', `There is already a job "${name}". Choose another name.`);
  await transaction.job.update({ where: { id: jobId }, data: { name } });
  await recordEvent(transaction, { jobId, kind: 'user', message: `${actor.name} renamed the job from ${job.name}` });
  const resource = `job/${jobId}`;
  await recordAudit(transaction, {
    actor,
    action: 'job.rename',
    resource,
    before: { name: job.name },
    after: { name },
  });
  await notifyChange(transaction, { what: 'job', job: jobId });
}

function refused(code: string, message: string): StreamError {
  return new StreamError(code, message, { domain: 'user', retry: 'never' });
}
