import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@millrace/contracts';

/** Longest single Node timer; a longer sleep is cut into pieces. */
const TIMER_MAX_MS = 2_147_483_647;

/** The machine's clock. Durations come from the monotonic one: a stepped wall clock ends no deadline. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal.throwIfAborted();
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      try {
        await delay(Math.min(left, TIMER_MAX_MS), undefined, { signal });
      } catch (error) {
        // Node rejects with its own AbortError; the contract promises the signal's reason.
        signal.throwIfAborted();
        throw error;
      }
    }
  },
};
