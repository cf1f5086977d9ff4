import type { Log } from '@millrace/contracts';
import type { Database } from '@millrace/database';
import { StreamError } from '@millrace/model';
import { reconcileJobs } from './jobs/job-loop.ts';
import type { Leadership } from './leadership.ts';
import { expireSilent } from './resource-manager/liveliness.ts';
import { allocateContainers } from './resource-manager/resource-manager.ts';
import type { SchedulerTimes } from './times.ts';
import type { Wake } from './wake.ts';

export interface ReconcilerParts {
  readonly database: Database;
  readonly leadership: Leadership;
  readonly times: SchedulerTimes;
  readonly log: Log;
  readonly wake: Wake;
}

/** Rounds without a pause at most, so that one look always ends. */
const ROUNDS_MAX = 10;

/**
 * The loop of the leader: silent ones, jobs, containers. Level-triggered: it compares what is wished with what
 * is, from the tables alone, so that a lost or doubled wake-up costs time and nothing else.
 */
export async function runReconciler(parts: ReconcilerParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let nextMs = parts.times.sweepMs;
    if (parts.leadership.leading) {
      try {
        nextMs = await look(parts);
      } catch (error) {
        const stale = error instanceof StreamError && error.code === 'leader.stale';
        if (!stale) parts.log.error('a look at the cluster failed; the next one follows', { error });
      }
    }
    await parts.wake.wait(nextMs, signal);
  }
}

/** Returns how long to wait when nothing calls. */
async function look(parts: ReconcilerParts): Promise<number> {
  await expireSilent(parts.leadership, parts.times);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    await reconcileJobs(parts);
    const granted = await allocateContainers({ ...parts, suspectMs: parts.times.suspectMs });
    if (!granted) break;
  }
  return Math.min(parts.times.sweepMs, await untilNextAttempt(parts.database));
}

/** The delay between restarts ends at a known moment; waiting for the sweep would add to it. */
async function untilNextAttempt({ client }: Database): Promise<number> {
  const [row] = await client.$queryRaw<{ ms: number | null }[]>`
    select (extract(epoch from min("nextAttemptAt") - clock_timestamp()) * 1000)::float8 as ms
      from "Application" where phase = 'waiting' and "nextAttemptAt" > clock_timestamp()`;
  return row?.ms == null ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(row.ms));
}
