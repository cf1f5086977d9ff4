import { StreamError } from '@millrace/model';
import { z } from 'zod';

const committable = z.object({
  subtask: z.int().nonnegative(),
  attempt: z.int(),
  /** Counts the checkpoints of one writer; together with the attempt it orders the commits of a subtask. */
  checkpoint: z.int().positive(),
  files: z.array(
    z.object({
      name: z.string().regex(/^part-[0-9a-f]{10}-\d+-\d+-\d+\.[a-z]+$/),
      /** Of its partition, below the table's: `dt=2024-01-31/hour=10`. */
      folder: z
        .string()
        .regex(/^[^/=]+=[^/]+(\/[^/=]+=[^/]+)*$/)
        .optional(),
      sizeBytes: z.int().nonnegative(),
    }),
  ),
});
/** What one writer sealed at one checkpoint: files that wait under their pending names. */
export type FilesCommittable = z.infer<typeof committable>;

export function parseFilesCommittable(value: unknown): FilesCommittable {
  const parsed = committable.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StreamError(
    'filesystem.bad-committable',
    'the checkpoint holds something to commit that is not of the filesystem sink; start the job without it',
    { domain: 'internal', retry: 'never', detail: z.prettifyError(parsed.error) },
  );
}

const marks = z.record(z.string(), z.object({ attempt: z.int(), checkpoint: z.int() }));
/** By subtask: up to where everything was committed. Kept beside the files. */
export type CommitMarks = z.infer<typeof marks>;

/** A mark that cannot be read stops the sink: guessing would lose rows or repeat them. */
export function parseMarks(text: string, shown: string): CommitMarks {
  try {
    return marks.parse(JSON.parse(text));
  } catch (cause) {
    const message = `'${shown}' tells what was committed and cannot be read; restore it, or remove it if no checkpoint of the job is to be used again`;
    throw new StreamError('filesystem.bad-mark', message, { domain: 'external', retry: 'never', cause });
  }
}

/** Sizes of one sealed file under both its names; undefined: not there. */
export interface FileFacts {
  readonly pendingBytes: number | undefined;
  readonly finalBytes: number | undefined;
}

export type FileDecision = 'rename' | 'done' | 'lost';

/** Whether the mark says that this was committed: the files may have been taken away since. */
export function isMarked(marks: CommitMarks, { subtask, attempt, checkpoint }: FilesCommittable): boolean {
  const mark = marks[subtask];
  if (mark === undefined) return false;
  return mark.attempt > attempt || (mark.attempt === attempt && mark.checkpoint >= checkpoint);
}

/** What to do about one file of a commit that is not marked: a crash may have come before or after its rename. */
export function decideFile(sizeBytes: number, { pendingBytes, finalBytes }: FileFacts): FileDecision {
  if (pendingBytes === sizeBytes) return 'rename';
  return finalBytes === sizeBytes ? 'done' : 'lost';
}
