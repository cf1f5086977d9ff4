import type { SchedulerTimes } from '../times.ts';
import type { JobFacts } from './job-facts.ts';

/** What to do about a job. Carrying it out is conditional: it does nothing when the facts have changed meanwhile. */
export type Decision =
  | { readonly kind: 'stay' }
  /** The wish is fulfilled already or cannot be: nothing but remembering that it was seen. */
  | { readonly kind: 'acknowledge' }
  /** A new run, waiting for the container of its master. */
  | { readonly kind: 'submit' }
  /** The master was asked to cancel. */
  | { readonly kind: 'cancel' }
  /** Ends the run without its master's last words: status, release of containers and end of the run together. */
  | { readonly kind: 'settle'; readonly outcome: 'suspended' | 'canceled' | 'failed'; readonly reason: string }
  /** A new attempt; from then on the old one is fenced. `masterRestarts` is the new count of those that cost budget. */
  | { readonly kind: 'restart'; readonly reason: string; readonly masterRestarts: number; readonly delayMs: number };

export const STAY: Decision = { kind: 'stay' };

/** One living state: facts in, decision out. Pure. */
export type State = (facts: JobFacts, times: SchedulerTimes) => Decision;
