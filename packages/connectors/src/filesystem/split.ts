import type { Split } from '@millrace/contracts';
import { type SplitId, StreamError } from '@millrace/model';
import { z } from 'zod';

const position = z.object({
  /** Below the folder for files. */
  file: z.string().min(1),
  /** Byte of the next record. */
  offset: z.int().nonnegative(),
  /** Epoch ms, as found. */
  modifiedAt: z.number(),
  /** The record at `offset` was too long and is rejected: what is left of it is passed over. */
  insideRejected: z.boolean().optional(),
});

/** Where a reader stands in one file. */
export type FilePosition = z.infer<typeof position>;
export type FileSplit = Split<FilePosition> & { readonly stop: FilePosition };

/** A whole file, as long as it is now. Its path is its identity: a file is read once. */
export function splitOf(file: string, sizeBytes: number, modifiedAt: number): FileSplit {
  const id = file as SplitId;
  return { id, start: { file, offset: 0, modifiedAt }, stop: { file, offset: sizeBytes, modifiedAt } };
}

/** A split as it comes out of a checkpoint. Throws `filesystem.bad-split`. */
export function parseSplit(split: Split): FileSplit {
  const start = position.safeParse(split.start);
  const stop = position.safeParse(split.stop);
  if (start.success && stop.success) return { id: split.id, start: start.data, stop: stop.data };
  const message = `the checkpoint holds a position for split '${split.id}' that is none in a file; start the job without it`;
  throw new StreamError('filesystem.bad-split', message, { domain: 'internal', retry: 'never' });
}
