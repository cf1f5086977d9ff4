import type { JobSettings, StreamErrorData } from '@millrace/model';

/** After this long without a failure the budget of restarts is whole again. */
export const HEALTHY_MS = 600_000;

/** Failures so far that count against the budget, and when the last one was (monotonic ms). */
export interface RestartHistory {
  readonly attempts: number;
  readonly lastFailureAt: number;
}

export const NO_RESTARTS: RestartHistory = { attempts: 0, lastFailureAt: Number.NEGATIVE_INFINITY };

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'fail'; readonly reason: string };

/**
 * Fixed delay with a budget. An error that says it will come again (retry `never`) is not tried again: the
 * same record, the same option would fail the same way. Pure; `now` is monotonic ms.
 */
export function decideRestart(
  settings: JobSettings['restart'],
  history: RestartHistory,
  error: StreamErrorData,
  now: number,
): RestartDecision {
  if (error.retry === 'never') return { kind: 'fail', reason: 'a restart would not help' };
  const attempts = now - history.lastFailureAt >= HEALTHY_MS ? 0 : history.attempts;
  if (attempts >= settings.attemptsMax) {
    return { kind: 'fail', reason: `all ${settings.attemptsMax} restarts are used up` };
  }
  return { kind: 'restart', delayMs: settings.delayMs, history: { attempts: attempts + 1, lastFailureAt: now } };
}
