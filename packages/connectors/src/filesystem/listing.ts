import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { StreamError } from '@millrace/model';
import { fileError } from './errors.ts';
import type { FilesRoot } from './files-root.ts';
import type { Partitioning } from './partitioning.ts';
import { type FileSplit, splitOf } from './split.ts';

/** A table of more files than this is no table for streaming: every open one is part of every checkpoint. */
const FILES_MAX = 100_000;
const DEPTH_MAX = 32;
/** What a line reader would take for malformed text. */
const COMPRESSED = /\.(gz|gzip|bz2|xz|zst|zip|lz4|snappy|deflate)$/i;

/**
 * The files of a table, oldest first, those of one moment by name: `place` itself, or everything below it whose name (and
 * whose folders' names) begin with neither `.` nor `_`. Links to files are followed within the root, links to folders are not. Of a table with
 * partitions only those of partitions that some row of a query may come from.
 */
export async function listFiles(
  root: FilesRoot,
  place: string,
  partitioning: Partitioning | undefined,
  signal: AbortSignal,
): Promise<readonly FileSplit[]> {
  const found: FileSplit[] = [];
  const facts = await factsOf(root, place);
  const walk: Walk = { root, partitioning, found, signal };
  if (facts.isDirectory()) await listFolder(walk, place, []);
  else if (facts.isFile()) await addFile(root, place, found);
  else throw fileError({}, 'looking for files', root.shown(place));
  return found.sort((a, b) => a.start.modifiedAt - b.start.modifiedAt || compare(a.id, b.id));
}

interface Walk {
  readonly root: FilesRoot;
  readonly partitioning: Partitioning | undefined;
  readonly found: FileSplit[];
  readonly signal: AbortSignal;
}

/** `names`: of the folders from the table's down to this one. */
async function listFolder(walk: Walk, folder: string, names: readonly string[]): Promise<void> {
  const { root, partitioning, found, signal } = walk;
  signal.throwIfAborted();
  if (names.length > DEPTH_MAX) throw tooMany(`folders of '${root.shown(folder)}' lie deeper than ${DEPTH_MAX}`);
  const isAbove = partitioning !== undefined && names.length < partitioning.depth;
  if (partitioning?.depth === names.length && !partitioning.isWanted(partitioning.valuesOf(names, root.shown(folder))))
    return;
  for (const entry of await entriesOf(root, folder)) {
    const place = path.join(folder, entry.name);
    const isPartition = isAbove && entry.isDirectory() && partitioning.isPartition(entry.name);
    if (/^[._]/.test(entry.name) && !isPartition) continue;
    // Throws: files of such a table lie in the folders of its partitions.
    if (isAbove && !isPartition) partitioning.valuesOf(names, root.shown(place));
    if (entry.isDirectory()) await listFolder(walk, place, [...names, entry.name]);
    else if (entry.isFile() || entry.isSymbolicLink()) await addFile(root, place, found);
    if (found.length > FILES_MAX) throw tooMany(`there are more than ${FILES_MAX} files`);
  }
}

async function entriesOf(root: FilesRoot, folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(await root.vetted(folder), { withFileTypes: true });
  } catch (error) {
    throw fileError(error, 'looking for files', root.shown(folder));
  }
}

async function addFile(root: FilesRoot, place: string, found: FileSplit[]): Promise<void> {
  const shown = root.shown(place);
  if (COMPRESSED.test(place)) {
    const message = `'${shown}' is compressed, which the filesystem connector does not read; unpack it, or begin its name with _`;
    throw new StreamError('filesystem.compressed', message, { domain: 'user', retry: 'never' });
  }
  let facts: Stats;
  try {
    facts = await factsOf(root, place);
  } catch (error) {
    // It was renamed or removed between the listing and this look: another look finds it, if it is still there.
    if (error instanceof StreamError && error.code === 'filesystem.missing') return;
    throw error;
  }
  if (facts.isFile()) found.push(splitOf(shown, facts.size, Math.floor(facts.mtimeMs)));
}

async function factsOf(root: FilesRoot, place: string): Promise<Stats> {
  try {
    return await stat(await root.vetted(place));
  } catch (error) {
    throw fileError(error, 'looking for files', root.shown(place));
  }
}

function tooMany(what: string): StreamError {
  const message = `${what}; a table cannot have so many: point the option 'path' at a part of them`;
  return new StreamError('filesystem.too-many', message, { domain: 'user', retry: 'never' });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
