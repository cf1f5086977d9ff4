import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './durable.ts';
import type { FilesRoot } from './files-root.ts';
import { pendingName } from './part-file.ts';

/** Where part files wait, where they go, and what tells readers outside that they are there. */
export interface Place {
  readonly root: FilesRoot;
  /** The table's, resolved and checked. Files wait here, whatever their partition. */
  readonly base: string;
  /** The empty file of each partition that got files; undefined: none. */
  readonly successFile: string | undefined;
}

/** The folder of a partition, made when it is missing, and checked right before it is used: it may be a link. */
export async function folderIn({ root, base }: Place, folder: string): Promise<string> {
  if (folder === '') return base;
  const place = await root.vetted(path.join(base, folder));
  if ((await mkdir(place, { recursive: true, mode: 0o750 })) !== undefined) await syncUpTo(base, path.dirname(place));
  return place;
}

/** Gives a finished file its final name. What is renamed survives a power cut after `settle`. */
export async function placeFile(place: Place, { name, folder }: { readonly name: string; readonly folder: string }) {
  await rename(path.join(place.base, pendingName(name)), path.join(await folderIn(place, folder), name));
}

/** The files placed in these folders stay there, and their partitions are told of. */
export async function settle(place: Place, folders: Iterable<string>): Promise<void> {
  for (const folder of new Set(folders)) {
    const settled = await folderIn(place, folder);
    if (place.successFile !== undefined && folder !== '') await touch(path.join(settled, place.successFile));
    if (settled !== place.base) await syncFolder(settled);
  }
  await syncFolder(place.base);
}

/** Made, or made again: its time tells when rows came last. */
async function touch(file: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const handle = await open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o640);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncUpTo(base: string, folder: string): Promise<void> {
  await syncFolder(folder);
  if (folder !== base && folder.startsWith(base)) await syncUpTo(base, path.dirname(folder));
}
