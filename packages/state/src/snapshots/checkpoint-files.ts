import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompletedCheckpoint } from '@millrace/model';
import { completedCheckpointSchema } from '@millrace/protocol';
import { corrupt } from '../segment/segment.ts';
import { checkpointDirectory, isSafeLocation } from './checkpoint-directory.ts';
import { makeDirectoryDurably, syncDirectory, writeFileDurably } from './durable-file.ts';

export const METADATA = '_metadata';
const METADATA_FORMAT = 1;

/**
 * Writes `<root>/chk-<id>-<attempt>/_metadata`: one line of canonical JSON `{ checkpoint, format }`, then a line
 * with its SHA-256. Once this resolves the checkpoint can be restored from the directory alone; it counts
 * only when the platform's database says so too.
 */
export async function writeCheckpointMetadata(
  root: string,
  checkpoint: Omit<CompletedCheckpoint, 'location'>,
): Promise<CompletedCheckpoint> {
  const name = checkpointDirectory(checkpoint.id, checkpoint.kind, checkpoint.attempt);
  const completed = { ...checkpoint, location: `${name}/${METADATA}` };
  const json = canonicalJson({ format: METADATA_FORMAT, checkpoint: completed });
  const directory = join(root, name);
  await makeDirectoryDurably(directory);
  await writeFileDurably(directory, METADATA, [new TextEncoder().encode(`${json}\n${sha256(json)}\n`)]);
  return completed;
}

/** `location` as in `CompletedCheckpoint`. Throws `state.corrupt` when the file is missing, damaged or of another format. */
export async function readCheckpointMetadata(root: string, location: string): Promise<CompletedCheckpoint> {
  if (!isSafeLocation(location)) throw corrupt(location, 'its name points outside the checkpoints');
  const text = await readFile(join(root, location), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw corrupt(location, error.code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${error.code})`);
  });
  const [json = '', digest, rest] = text.split('\n');
  if (digest !== sha256(json) || rest !== '') throw corrupt(location, 'it does not match its SHA-256');
  const content = JSON.parse(json) as { format: unknown; checkpoint: unknown };
  if (content.format !== METADATA_FORMAT) throw corrupt(location, `its format ${String(content.format)} is not known`);
  const parsed = completedCheckpointSchema.safeParse(content.checkpoint);
  if (!parsed.success) throw corrupt(location, parsed.error.message);
  return parsed.data;
}

/**
 * After this the directory is no checkpoint any more. Its files stay until a `FileSweep` finds that no other checkpoint needs them. Nothing
 * happens when it is gone already.
 */
export async function deleteCheckpointMetadata(
  root: string,
  { id, kind, attempt }: Pick<CompletedCheckpoint, 'id' | 'kind' | 'attempt'>,
): Promise<void> {
  const directory = join(root, checkpointDirectory(id, kind, attempt));
  try {
    await rm(join(directory, METADATA), { force: true });
    await syncDirectory(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Keys sorted at every level, no spaces: equal content gives equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
