import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The data directory belongs to a broker that is still running. */
export class DataDirLockedError extends Error {
  override readonly name = 'DataDirLockedError';
}

interface Owner {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * One broker per data directory. The lock file names its owner by process id and start time, so the file of a killed
 * broker is recognised as stale even when its id has been given to another process since.
 *
 * @returns a function that gives the directory back
 */
export function lockDataDir(dataDir: string): () => void {
  const path = join(dataDir, 'broker.lock');
  for (let attempt = 0; ; attempt++) {
    if (createExclusively(path)) return () => unlinkSync(path);
    const owner = readOwner(path);
    if (attempt > 0 || (owner !== undefined && isRunning(owner))) {
      throw new DataDirLockedError(`data directory ${dataDir} is in use by process ${owner?.pid ?? 'unknown'}`);
    }
    unlinkSync(path);
  }
}

function createExclusively(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const owner: Owner = {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
  };
  writeSync(fd, JSON.stringify(owner));
  closeSync(fd);
  return true;
}

/** Undefined when the file is empty or damaged: its writer died while writing it. */
function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.startTime === 'string'
      ? { pid: owner.pid, startTime: owner.startTime }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const startTime = startTimeOf(owner.pid);
  return startTime === undefined || owner.startTime === '' || startTime === owner.startTime;
}

/** Clock ticks since boot at which a process started (field 22 of /proc/<pid>/stat); undefined where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
