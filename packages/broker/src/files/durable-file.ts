import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DiskRefusedError } from './disk-refused-error.ts';

/** Writes all of `bytes` at `position`; the operating system may write less than asked. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** Replaces a small file so that a crash leaves either the old or the new content, never a mixture. */
export function replaceFile(path: string, bytes: Uint8Array, mode = 0o666): void {
  const temporary = `${path}.tmp`;
  const fd = openSync(temporary, 'w', mode);
  try {
    writeFully(fd, bytes, 0);
    fsyncSync(fd);
  } catch (error) {
    throw new DiskRefusedError(path, error);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** Makes created, renamed and deleted names in a directory survive a power loss. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates a directory and makes its name durable in the parent. */
export function makeDirectory(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) syncDirectory(dirname(path));
}
