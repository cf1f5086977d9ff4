import { constants } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** New names and removed ones of a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whole or not there: a hidden file, fsync, rename, fsync of the folder. */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const temporary = path.join(folder, `${name}.tmp`);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o640);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path.join(folder, name));
  await syncFolder(folder);
}

/** Undefined when there is no such file. */
export async function sizeOf(folder: string, name: string): Promise<number | undefined> {
  try {
    return (await stat(path.join(folder, name))).size;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the files whose names are `unwanted`. */
export async function removeFiles(folder: string, unwanted: (name: string) => boolean): Promise<void> {
  const names = (await readdir(folder)).filter(unwanted);
  for (const name of names) await rm(path.join(folder, name), { force: true });
  if (names.length > 0) await syncFolder(folder);
}
