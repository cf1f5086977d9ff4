import type { RecordBatch } from '@millrace/batch';
import type { ApplicationId, Guarantee, JobId, OperatorId } from '@millrace/model';
import type { Clock } from './clock.ts';
import type { Log, MetricGroup } from './metrics.ts';

/** Who writes. `job`, `operator` and `subtask` are stable over restarts; `attempt` only grows and fences older writers. */
export interface WriterContext {
  readonly job: JobId;
  readonly application: ApplicationId;
  readonly operator: OperatorId;
  readonly subtask: number;
  readonly attempt: number;
  readonly guarantee: Guarantee;
  readonly clock: Clock;
  readonly metrics: MetricGroup;
  readonly log: Log;
}

/**
 * Lives in a task. `write` accepts a batch and may resolve before it left the process, but holds no more
 * than a fixed number of bytes: it waits when that is full (this is the sink's backpressure). Calls never overlap.
 */
export interface SinkWriter {
  /** Must be done with the batch's memory when it resolves. Resolves synchronously (returns undefined) when it only buffered. */
  write(batch: RecordBatch): Promise<void> | undefined;
  /** Everything written so far is outside and durable. Called before each snapshot; enough for at-least-once. */
  flush(): Promise<void>;
  /**
   * Exactly-once only, after `flush`: seals what was written since the last call. Nothing of it is visible
   * outside until committed, and it survives the death of this process. JSON. Empty when nothing was written.
   */
  prepareCommit(): Promise<readonly unknown[]>;
  /** Ends without committing what is not sealed: open transactions are aborted, so that readers do not wait for them. */
  close(): Promise<void>;
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Cannot be committed any more (fenced, timed out): data of a durable checkpoint is lost; the job fails and says which. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Up to `subtasks` writers of every attempt before `attempt`, in the count of `WriterContext.attempt`. */
export interface DeadWriters {
  readonly subtasks: number;
  readonly attempt: number;
}

/**
 * Lives in the master. Makes sealed data visible after the checkpoint that holds the committables is
 * durable, and again for the same committables after a crash: commit is idempotent. Retries what may be
 * retried (coordinator moving, connection lost) until the signal aborts.
 */
export interface Committer {
  commit(committable: unknown, signal: AbortSignal): Promise<CommitOutcome>;
  /**
   * Before tasks of a new attempt are deployed, after the committables of the restored checkpoint were
   * committed, and at the end of a job: aborts whatever writers that are no more left open.
   */
  abortLingering(dead: DeadWriters, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Sink {
  /** Strongest guarantee this sink with these options can give. */
  readonly guarantee: Guarantee;
  /** In the master before the first deployment: checks that the target exists and fits, creates what may be created. Errors name the option. */
  prepare(signal: AbortSignal): Promise<void>;
  createWriter(context: WriterContext): Promise<SinkWriter>;
  /** Present when `guarantee` is exactly-once. */
  createCommitter?(context: Omit<WriterContext, 'subtask'>): Promise<Committer>;
}
