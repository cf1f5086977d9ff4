import { type Api, type ContainerView, type JobView, until } from '../support/api.ts';
import { cpuSecondsOf, peakMemoryMbOf } from './cpu.ts';

/** What a worker used in its whole life, its start included: a lower bound of the rate. */
export interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
}

/** Runs one bounded job to its end on parallelism 1, at-least-once, and watches its worker. */
export async function runJob(api: Api, name: string, sql: string): Promise<Run> {
  const settings = { parallelism: 1, guarantee: 'at-least-once', queue: 'root.production' };
  const { id } = await api.call<{ id: string }>('POST', '/jobs', { name, sql, settings });
  await api.call('POST', `/jobs/${id}/start`, {});
  const { items } = await until(
    'a worker',
    () => api.call<{ items: ContainerView[] }>('GET', `/jobs/${id}/containers`),
    (answer) => answer.items.some(({ role, pid }) => role === 'worker' && pid !== null),
  );
  const pid = items.find(({ role }) => role === 'worker')?.pid ?? 0;
  const started = performance.now();
  let last = { at: started, cpu: 0, memory: 0 };
  const sampler = setInterval(() => {
    const cpu = cpuSecondsOf(pid);
    if (cpu !== undefined) last = { at: performance.now(), cpu, memory: peakMemoryMbOf(pid) ?? last.memory };
  }, 20);
  try {
    const view = () => api.call<JobView>('GET', `/jobs/${id}`);
    const isOver = ({ status }: JobView) => status === 'finished' || status === 'failed';
    const done = await until(`${name} finishes`, view, isOver, 600_000);
    if (done.status !== 'finished') throw new Error(`${name} failed`);
  } finally {
    clearInterval(sampler);
  }
  return { seconds: (last.at - started) / 1000, cpuSeconds: last.cpu, peakMemoryMb: last.memory };
}
