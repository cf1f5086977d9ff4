import type { Clock } from '@millrace/contracts';
import { StreamError } from '@millrace/model';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface Retrying {
  readonly retriesMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: StreamError, isLast: boolean) => void;
}

/** Makes an attempt again while its error says that this may help: after 200 ms, doubling to 5 s. */
export async function retrying<T>(attempt: () => Promise<T>, options: Retrying): Promise<T> {
  const { retriesMax, clock, signal, onFailure } = options;
  for (let retries = 0; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !(error instanceof StreamError)) throw error;
      const isLast = error.retry !== 'backoff' || retries >= retriesMax;
      onFailure(error, isLast);
      if (isLast) throw error;
    }
    await clock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS), signal);
  }
}
