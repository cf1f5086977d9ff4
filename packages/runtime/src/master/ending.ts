import type { JobExecution, StopMode } from '@millrace/contracts';
import { errorData, type StreamErrorData } from '@millrace/model';
import type { MasterFinish, MasterHeartbeatAnswer } from '@millrace/protocol';

/** After a savepoint that could not be taken; meanwhile the job runs on. */
const RETRY_STOP_MS = 5_000;

/**
 * What to do about the owner's wish, given what is under way. Pure. A wish is repeated in every answer; canceling
 * overtakes suspending, and a stop once begun is never taken back.
 */
export function decideStop(
  desired: MasterHeartbeatAnswer['desired'],
  underWay: StopMode | undefined,
  msSinceFailedStop: number | undefined,
): StopMode | undefined {
  if (desired === 'canceled') return underWay === 'now' ? undefined : 'now';
  if (desired === 'running' || underWay !== undefined) return undefined;
  return msSinceFailedStop === undefined || msSinceFailedStop >= RETRY_STOP_MS ? 'savepoint' : undefined;
}

type Outcome = Omit<MasterFinish, 'attempt'>;

/** The last words about a job whose `done` resolved. */
export function outcomeOf(end: Awaited<JobExecution['done']>, mode: StopMode | undefined): Outcome {
  if (end === 'finished') return { outcome: 'finished', diagnostics: 'All input was processed.', error: null };
  if (mode === 'savepoint') return { outcome: 'suspended', diagnostics: 'Stopped with a savepoint.', error: null };
  return { outcome: 'canceled', diagnostics: 'Canceled.', error: null };
}

/** The last words about a job that failed for good: the root cause, in a sentence for people. */
export function failureOf(error: unknown): Outcome {
  const data = errorData(rootCause(error));
  return { outcome: 'failed', diagnostics: data.message, error: plainError(data) };
}

/** Ours are written for people; what they wrap is detail. Of others the deepest cause says most. */
function rootCause(error: unknown): unknown {
  let cause = error;
  for (let depth = 0; depth < 10 && cause instanceof Error && !('code' in cause && 'domain' in cause); depth++) {
    if (cause.cause === undefined) break;
    cause = cause.cause;
  }
  return cause;
}

function plainError(data: StreamErrorData): NonNullable<Outcome['error']> {
  const { code, message, domain, retry, detail } = data;
  return detail === undefined ? { code, message, domain, retry } : { code, message, domain, retry, detail };
}
