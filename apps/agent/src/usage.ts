import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';

export interface NodeUsage {
  /** Share of all cores that was busy since the previous reading; null on the first. */
  readonly cpuRatio: number | null;
  /** What is in use and cannot be reclaimed, MiB. */
  readonly memoryMb: number;
}

/** Reads the whole machine, not only what the agent started: other programs take their share too. */
export class UsageMeter {
  #previous: { readonly busy: number; readonly total: number } | undefined;

  async read(): Promise<NodeUsage> {
    const now = cpuTimes();
    const before = this.#previous;
    this.#previous = now;
    const elapsed = before === undefined ? 0 : now.total - before.total;
    const cpuRatio = before === undefined || elapsed <= 0 ? null : (now.busy - before.busy) / elapsed;
    return { cpuRatio, memoryMb: Math.round((totalmem() - (await availableBytes())) / 1_048_576) };
  }
}

function cpuTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
}

/** MemAvailable counts the page cache as free, as the kernel would hand it out; elsewhere: free memory. */
async function availableBytes(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo);
  return match === null ? freemem() : Number(match[1]) * 1_024;
}
