import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** One living process. A zombie has ended and is not listed. */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** Together with the pid it names a process for ever: pids are reused. Opaque; comparable on this machine until it reboots. */
  readonly startTicks: string;
}

/** What the agent asks the operating system about processes. */
export interface ProcessTable {
  all(): Promise<readonly ProcessEntry[]>;
  get(pid: number): Promise<ProcessEntry | undefined>;
  /** Resident memory, bytes; 0 when it has ended. */
  rssBytes(pid: number): Promise<number>;
  /** Changes with every boot; empty where unknown. */
  bootId(): Promise<string>;
  /** Working directory; undefined when it cannot be known. */
  workingDirectory(pid: number): Promise<string | undefined>;
}

export function openProcessTable(): ProcessTable {
  return existsSync('/proc/self/stat') ? procTable : psTable;
}

/** proc(5): `pid (comm) state ppid pgrp ...`, start time is field 22. The name may hold anything, so fields count from the last ')'. */
export function parseStat(stat: string): ProcessEntry | undefined {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const [state, , group] = fields;
  const startTicks = fields[19];
  if (end < 0 || group === undefined || startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number.parseInt(stat, 10), group: Number(group), startTicks };
}

const procTable: ProcessTable = {
  async all() {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const entries = await Promise.all(pids.map((pid) => procTable.get(Number(pid))));
    return entries.filter((entry) => entry !== undefined);
  },
  get: async (pid) => parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  async rssBytes(pid) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  },
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim(),
  workingDirectory: (pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined),
};

const run = promisify(execFile);

/** For systems without /proc. `lstart` has seconds only, which is enough to tell a reused pid. */
const psTable: ProcessTable = {
  all: async () => (await ps(['-A'])).map(({ entry }) => entry),
  get: async (pid) => (await ps(['-p', String(pid)]))[0]?.entry,
  rssBytes: async (pid) => (await ps(['-p', String(pid)]))[0]?.rssBytes ?? 0,
  bootId: async () => '',
  workingDirectory: async () => undefined,
};

async function ps(select: readonly string[]): Promise<{ entry: ProcessEntry; rssBytes: number }[]> {
  const output = await run('ps', [...select, '-o', 'pid=,pgid=,rss=,stat=,lstart=']).catch(() => ({ stdout: '' }));
  return output.stdout.split('\n').flatMap(parsePsLine);
}

export function parsePsLine(line: string): { entry: ProcessEntry; rssBytes: number }[] {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
  if (match === null || match[4]?.startsWith('Z') === true) return [];
  const entry = { pid: Number(match[1]), group: Number(match[2]), startTicks: match[5] ?? '' };
  return [{ entry, rssBytes: Number(match[3]) * 1_024 }];
}
