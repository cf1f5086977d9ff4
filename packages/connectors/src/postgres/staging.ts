import type { WriterContext } from '@millrace/contracts';
import { StreamError } from '@millrace/model';
import { z } from 'zod';

const committable = z.object({
  sink: z.string(),
  subtask: z.int(),
  attempt: z.int(),
  /** Counts up within one attempt of one writer. */
  checkpoint: z.int(),
  rows: z.int().positive(),
});

/** Names the staged rows of one checkpoint of one writer. */
export type PostgresCommittable = z.infer<typeof committable>;

export function parsePostgresCommittable(value: unknown): PostgresCommittable {
  const parsed = committable.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = 'the checkpoint holds staged rows that cannot be read';
  throw new StreamError('jdbc.bad-committable', message, {
    domain: 'internal',
    retry: 'never',
    detail: z.prettifyError(parsed.error),
  });
}

/** Stable over restarts, different for every sink of every job. */
export function sinkIdOf({ job, operator }: Pick<WriterContext, 'job' | 'operator'>): string {
  return `${job}/${operator}`;
}

export interface CommitMark {
  /** The newest commit that was applied: attempt, then checkpoint. */
  readonly lastAttempt: number;
  readonly lastCheckpoint: number;
  /** Attempts older than this may not write any more. */
  readonly attemptEpoch: number;
}

export type CommitDecision = 'apply' | 'already' | 'fenced';

/** What to do with a committable, by the mark of its writer. Order of commits of one writer: by attempt, then by checkpoint. */
export function decideCommit(mark: CommitMark, { attempt, checkpoint }: PostgresCommittable): CommitDecision {
  if (attempt < mark.lastAttempt || (attempt === mark.lastAttempt && checkpoint <= mark.lastCheckpoint))
    return 'already';
  return attempt < mark.attemptEpoch ? 'fenced' : 'apply';
}
