import { readFileSync } from 'node:fs';

/** CPU seconds (user and system) that a process has used so far; undefined once it is gone. Linux: clock ticks of 10 ms. */
export function cpuSecondsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
