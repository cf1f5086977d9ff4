const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** After this long the last error is thrown; undefined: only the signal ends it. */
  readonly deadlineMs?: number;
  /** Which errors may be tried again. */
  readonly retriable: (error: unknown) => boolean;
}

/** Runs `attempt` until it succeeds: 50 ms, doubling to 2 s, with jitter so that tasks do not march in step. */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, deadlineMs, retriable } = options;
  const start = performance.now();
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const late = deadlineMs !== undefined && performance.now() - start + delay > deadlineMs;
      if (late || signal.aborted || !retriable(error)) throw error;
    }
    await pause(delay * (0.75 + Math.random() / 2), signal);
  }
}

/** Resolves after `ms`, or early when the signal aborts: the caller looks at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
