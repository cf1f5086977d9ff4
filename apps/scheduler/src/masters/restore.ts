import { type CheckpointRow, findCheckpoint, newestCheckpoint, type Queryable } from '@millrace/database';
import { StreamError } from '@millrace/model';
import { completedCheckpointSchema, type MasterRegisterAnswer } from '@millrace/protocol';
import type { LockedRun } from './attempt.ts';

type Restore = MasterRegisterAnswer['restore'];

/**
 * Where an attempt begins. What this run has completed itself always comes first: a second attempt goes on, it does
 * not start over. Before that, what the owner chose for this start. "Newest" is by completion, never by id:
 * a run that began with an empty state may have lower ids that are newer.
 */
export async function chooseRestore(db: Queryable, run: LockedRun): Promise<Restore> {
  const { jobId, applicationId, startFrom } = run;
  const own = await newestCheckpoint(db, jobId, applicationId);
  if (own !== undefined) return restore(own, `newest ${own.kind} of this run, completed ${when(own)}`);
  if (startFrom === 'none') return null;
  if (startFrom === 'latest') {
    const newest = await newestCheckpoint(db, jobId);
    return newest === undefined ? null : restore(newest, `newest ${newest.kind} of the job, completed ${when(newest)}`);
  }
  const id = Number(startFrom.replace('checkpoint:', ''));
  const chosen = await findCheckpoint(db, jobId, id);
  if (chosen?.status !== 'completed')
    throw new StreamError('job.checkpoint-missing', `Checkpoint ${id} is not there any more. Start from another one.`, {
      domain: 'user',
      retry: 'never',
    });
  return restore(chosen, `${chosen.kind} ${id} was chosen for this start`);
}

function restore(row: CheckpointRow & { readonly metadata: unknown }, reason: string): Restore {
  return { checkpoint: completedCheckpointSchema.parse(row.metadata), reason };
}

function when({ completedAt }: CheckpointRow): string {
  return completedAt === null ? 'at an unknown time' : completedAt.toISOString();
}
