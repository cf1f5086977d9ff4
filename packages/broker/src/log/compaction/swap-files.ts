import { existsSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../../files/durable-file.ts';
import { readLastTimeEntry } from '../offset-index.ts';
import { segmentFile } from '../segment.ts';

/** The log comes last: where its new name is durable, so are those of its indexes. */
const EXTENSIONS = ['txnindex', 'timeindex', 'index', 'log'] as const;

/**
 * How a cleaned segment takes the place of those it was made of, in steps of which each may be the last before a crash:
 *
 *     NNN.log.cleaned    being written; removed at the next start
 *     NNN.log.swap       complete and on the disk: from here on the old segments are obsolete
 *     NNN.log            in place, when the old segments it covers are deleted
 */
export function commitCleaned(directory: string, baseOffset: number): void {
  for (const extension of EXTENSIONS) {
    renameSync(
      segmentFile(directory, baseOffset, `${extension}.cleaned`),
      segmentFile(directory, baseOffset, `${extension}.swap`),
    );
  }
  syncDirectory(directory);
}

/** Deletes the other segments that were covered, then gives the cleaned files their names. May be done again. */
export function finishSwap(directory: string, baseOffset: number, covered: readonly number[]): void {
  for (const base of covered) {
    if (base !== baseOffset) removeFiles(directory, base);
  }
  for (const extension of EXTENSIONS) {
    const swap = segmentFile(directory, baseOffset, `${extension}.swap`);
    if (existsSync(swap)) renameSync(swap, segmentFile(directory, baseOffset, extension));
  }
  syncDirectory(directory);
}

/** Finishes or forgets what a crash interrupted. Called before the segments of a directory are looked at. */
export function recoverSwaps(directory: string): void {
  const names = readdirSync(directory);
  const bases = (suffix: string) =>
    names.filter((name) => new RegExp(`^\\d{20}\\.${suffix}$`).test(name)).map((name) => Number(name.slice(0, 20)));
  for (const base of bases('log\\.swap')) {
    const end = base + lastRelativeOffset(directory, base) + 1;
    finishSwap(
      directory,
      base,
      bases('log').filter((other) => other > base && other < end),
    );
  }
  for (const name of readdirSync(directory)) {
    if (/\.(cleaned|swap|tmp)$/.test(name)) unlinkSync(join(directory, name));
  }
}

/** Deletes the unfinished files of a pass that was given up. */
export function abandonCleaned(directory: string, baseOffset: number): void {
  for (const extension of EXTENSIONS) {
    const path = segmentFile(directory, baseOffset, `${extension}.cleaned`);
    if (existsSync(path)) unlinkSync(path);
  }
}

/** How far the cleaned segment reaches; its time index may have its final name already. */
function lastRelativeOffset(directory: string, baseOffset: number): number {
  const swap = segmentFile(directory, baseOffset, 'timeindex.swap');
  const path = existsSync(swap) ? swap : segmentFile(directory, baseOffset, 'timeindex');
  const last = readLastTimeEntry(path);
  if (last === undefined) throw new Error(`${path} is damaged`);
  return last.relativeOffset;
}

function removeFiles(directory: string, baseOffset: number): void {
  for (const extension of [...EXTENSIONS, 'snapshot']) {
    const path = segmentFile(directory, baseOffset, extension);
    if (existsSync(path)) unlinkSync(path);
  }
}
