import type { Barrier, MasterHost } from '@millrace/contracts';
import {
  type CheckpointId,
  type CheckpointKind,
  type CompletedCheckpoint,
  errorData,
  type JobEvent,
  type JobSpec,
  StreamError,
  type SubtaskSnapshot,
} from '@millrace/model';
import type { PhysicalPlan } from '@millrace/plan';
import { Deferred, orAborted } from '../deferred.ts';
import type { Sinks } from '../master/sinks.ts';
import { type OperatorSnapshot, type TaskId, taskKey } from '../messages.ts';
import { acknowledge, isComplete, type PendingCheckpoint } from './pending-checkpoint.ts';
import { decideDiscards } from './retention.ts';
import { decideTrigger } from './trigger-decision.ts';

/** This many checkpoints in a row may fail; at the last of them the job restarts. Sinks hold that many sealed outputs at most. */
const FAILURES_TOLERATED = 3;

/** What the coordinator needs of the execution it works for. */
export interface CheckpointScope {
  readonly tasks: readonly TaskId[];
  trigger(barrier: Barrier): void;
  notifyComplete(checkpoint: CheckpointId): void;
  /** Aborts when the execution ends. */
  readonly signal: AbortSignal;
}

interface Request {
  readonly kind: CheckpointKind;
  readonly stop: boolean;
  readonly answer: Deferred<CompletedCheckpoint>;
}

/**
 * Takes checkpoints, one at a time: trigger, collect acknowledgements, make it durable, commit what it holds,
 * tell the tasks. The next one starts after all of that, so at most one set of sealed output is on its way.
 * Once the store was asked to complete a checkpoint the answer is awaited even if the execution fails
 * meanwhile: whether it counts decides where the job restarts.
 */
export class CheckpointCoordinator {
  readonly #host: MasterHost;
  readonly #job: JobSpec;
  readonly #plan: PhysicalPlan;
  readonly #sinks: Sinks;
  readonly #emit: (event: JobEvent) => void;
  readonly #doubtful = new Set<CheckpointId>();
  #known: readonly CompletedCheckpoint[];
  #nextId: number;
  #requests: Request[] = [];
  #pending: { value: PendingCheckpoint; readonly answered: Deferred<void> } | undefined;
  #wake = new AbortController();
  #failures = 0;
  #triggeredAt = 0;
  #endedAt = 0;
  #lastDurationMs: number | undefined;

  constructor(parts: {
    readonly host: MasterHost;
    readonly job: JobSpec;
    readonly plan: PhysicalPlan;
    readonly sinks: Sinks;
    readonly from: CompletedCheckpoint | undefined;
    readonly emit: (event: JobEvent) => void;
  }) {
    this.#host = parts.host;
    this.#job = parts.job;
    this.#plan = parts.plan;
    this.#sinks = parts.sinks;
    this.#emit = parts.emit;
    this.#known = parts.from === undefined ? [] : [parts.from];
    this.#nextId = Math.max(parts.host.nextCheckpointId, (parts.from?.id ?? 0) + 1);
  }

  /** Where a restart begins; undefined: at the sources' configured start. */
  get latest(): CompletedCheckpoint | undefined {
    return this.#known.at(-1);
  }

  figures(): Record<string, number> {
    const { latest } = this;
    const figures: Record<string, number> = {};
    if (latest !== undefined) {
      figures.checkpoint_size_bytes = latest.writtenBytes ?? latest.sizeBytes;
      figures.checkpoint_age_ms = Math.max(0, this.#host.clock.now() - latest.completedAt);
    }
    if (this.#lastDurationMs !== undefined) figures.checkpoint_duration_ms = this.#lastDurationMs;
    return figures;
  }

  /** Resolves with the checkpoint once it is durable and its output committed. Rejects with `checkpoint.<reason>`. */
  request(kind: CheckpointKind, stop: boolean): Promise<CompletedCheckpoint> {
    const request = { kind, stop, answer: new Deferred<CompletedCheckpoint>() };
    this.#requests.push(request);
    this.#wake.abort();
    return request.answer.promise;
  }

  onAcknowledge(checkpoint: CheckpointId, task: TaskId, operators: readonly OperatorSnapshot[]): void {
    if (this.#pending === undefined) return;
    const { value, answered } = this.#pending;
    this.#pending.value = acknowledge(value, checkpoint, task, operators, this.#sinks.committedThrough);
    if (isComplete(this.#pending.value)) answered.resolve();
  }

  onDecline(checkpoint: CheckpointId, task: TaskId, reason: string): void {
    if (this.#pending?.value.id !== checkpoint) return;
    this.#pending.answered.reject(
      failure('declined', checkpoint, `${taskKey(task)} could not take its part: ${reason}`),
    );
  }

  /** Until the scope ends or a stop checkpoint is complete. Rejects when the execution must not go on. */
  async run(scope: CheckpointScope): Promise<void> {
    const { monotonic } = { monotonic: () => this.#host.clock.monotonic() };
    this.#triggeredAt = monotonic();
    this.#endedAt = monotonic();
    this.#failures = 0;
    try {
      while (!scope.signal.aborted) {
        const decision = decideTrigger({
          now: monotonic(),
          lastTriggeredAt: this.#triggeredAt,
          lastEndedAt: this.#endedAt,
          intervalMs: this.#job.settings.checkpoint.intervalMs,
          requested: this.#requests[0]?.kind,
        });
        if (decision.kind === 'wait') await this.#pause(decision.ms, scope.signal);
        else if (await this.#take(decision.checkpoint, this.#requests.shift(), scope)) return;
      }
    } finally {
      const waiting = this.#requests;
      this.#requests = [];
      for (const { answer } of waiting) answer.reject(failure('not-running', 0, 'the job stopped running'));
    }
  }

  /**
   * Before a restart: a checkpoint whose completion was answered by an error may count all the same. It is
   * discarded for certain, or else a later master would start from it after its output was aborted here.
   */
  async settle(signal: AbortSignal): Promise<void> {
    for (const id of this.#doubtful) {
      await orAborted(this.#host.checkpoints.discard(id), signal);
      this.#doubtful.delete(id);
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#wake = new AbortController();
    if (this.#requests.length > 0) return;
    await this.#host.clock.sleep(ms, AbortSignal.any([this.#wake.signal, signal])).catch(() => {});
  }

  /** True when nothing is to follow. */
  async #take(kind: CheckpointKind, request: Request | undefined, scope: CheckpointScope): Promise<boolean> {
    const id = this.#nextId++ as CheckpointId;
    this.#triggeredAt = this.#host.clock.monotonic();
    try {
      const pending = await this.#collect(id, kind, request?.stop ?? false, scope);
      const completed = await this.#complete(pending);
      await this.#sinks.commit(completed, scope.signal);
      scope.notifyComplete(id);
      this.#failures = 0;
      this.#lastDurationMs = this.#host.clock.monotonic() - this.#triggeredAt;
      request?.answer.resolve(completed);
      await this.#discardOld();
      return request?.stop ?? false;
    } catch (error) {
      await this.#failed(id, request, error, scope.signal);
      return false;
    } finally {
      this.#pending = undefined;
      this.#endedAt = this.#host.clock.monotonic();
    }
  }

  async #collect(
    id: CheckpointId,
    kind: CheckpointKind,
    stop: boolean,
    scope: CheckpointScope,
  ): Promise<PendingCheckpoint> {
    const triggeredAt = this.#host.clock.now();
    const missing = new Set(scope.tasks.map(taskKey));
    const pending = { value: { id, kind, stop, triggeredAt, missing, subtasks: [] }, answered: new Deferred<void>() };
    this.#pending = pending;
    this.#emit({ kind: 'checkpoint-triggered', at: triggeredAt, id, type: kind });
    scope.trigger({ kind: 'barrier', checkpoint: id, savepoint: kind === 'savepoint', stop });
    const timer = new AbortController();
    const { timeoutMs } = this.#job.settings.checkpoint;
    this.#host.clock.sleep(timeoutMs, timer.signal).then(
      () => {
        const { missing: late } = pending.value;
        const names = `${[...late].slice(0, 5).join(', ')}${late.size > 5 ? ', …' : ''}`;
        pending.answered.reject(failure('timeout', id, `no answer within ${timeoutMs} ms from ${names}`));
      },
      () => {},
    );
    try {
      await orAborted(pending.answered.promise, scope.signal);
    } finally {
      timer.abort();
    }
    return pending.value;
  }

  /** Durable after this, or failed, or doubtful. Not ended by the end of the execution, only by its own time limit. */
  async #complete(pending: PendingCheckpoint): Promise<CompletedCheckpoint> {
    const { host, job, plan } = { host: this.#host, job: this.#job, plan: this.#plan };
    const { id, kind, triggeredAt, subtasks } = pending;
    const limit = new AbortController();
    const timer = new AbortController();
    const late = failure('timeout', id, 'the checkpoint store did not answer');
    host.clock.sleep(job.settings.checkpoint.timeoutMs, timer.signal).then(
      () => limit.abort(late),
      () => {},
    );
    this.#doubtful.add(id);
    try {
      const completed = await orAborted(
        host.checkpoints.complete(
          {
            id,
            kind,
            job: job.id,
            attempt: host.attempt,
            parallelism: job.settings.parallelism,
            maxParallelism: plan.maxParallelism,
            triggeredAt,
            completedAt: host.clock.now(),
            subtasks,
            ...sizesOf(subtasks),
          },
          limit.signal,
        ),
        limit.signal,
      );
      this.#doubtful.delete(id);
      this.#known = [...this.#known, completed];
      this.#emit({ kind: 'checkpoint-completed', at: host.clock.now(), checkpoint: completed });
      return completed;
    } finally {
      timer.abort();
    }
  }

  async #failed(id: CheckpointId, request: Request | undefined, error: unknown, signal: AbortSignal): Promise<void> {
    const isDurable = this.latest?.id === id;
    const reason =
      signal.aborted && !isDurable ? 'the execution ended before it was complete' : errorData(error).message;
    if (!isDurable) this.#emit({ kind: 'checkpoint-failed', at: this.#host.clock.now(), id, reason });
    request?.answer.reject(error instanceof StreamError ? error : failure('failed', id, reason));
    if (isFenced(error)) throw fencedOff(error);
    if (!isDurable) await this.#discardFailed(id);
    if (signal.aborted) return;
    // Durable but not committed: only a restart from it may commit it. Sources silenced by a stop barrier: only a restart wakes them.
    if (isDurable || request?.stop === true) throw error;
    if (++this.#failures >= FAILURES_TOLERATED) {
      throw failure('failing', id, `${this.#failures} checkpoints failed in a row, the last one because ${reason}`);
    }
  }

  async #discardFailed(id: CheckpointId): Promise<void> {
    try {
      await this.#host.checkpoints.discard(id);
      this.#doubtful.delete(id);
    } catch (error) {
      this.#host.log.warn('files of a failed checkpoint could not be removed', { id, error: errorData(error).message });
    }
  }

  async #discardOld(): Promise<void> {
    for (const id of decideDiscards(this.#known, this.#job.settings.checkpoint.retainedCount)) {
      this.#known = this.#known.filter((checkpoint) => checkpoint.id !== id);
      await this.#host.checkpoints.discard(id).catch((error: unknown) => {
        this.#host.log.warn('an old checkpoint could not be removed', { id, error: errorData(error).message });
      });
    }
  }
}

/** Files that an earlier checkpoint wrote are needed, and were not written again. */
function sizesOf(subtasks: readonly SubtaskSnapshot[]): Pick<CompletedCheckpoint, 'sizeBytes' | 'writtenBytes'> {
  const handles = subtasks.flatMap(({ state }) => state);
  const written = handles.filter(({ shared }) => shared !== true);
  const total = (some: typeof handles) => some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { sizeBytes: total(handles), writtenBytes: total(written) };
}

export function isFenced(error: unknown): boolean {
  return error instanceof StreamError && error.code === 'checkpoint.fenced';
}

function fencedOff(error: unknown): StreamError {
  return new StreamError('checkpoint.fenced', 'a newer master of this job exists; this one ends', {
    domain: 'internal',
    retry: 'never',
    cause: error,
  });
}

function failure(reason: string, id: number, text: string): StreamError {
  const what = id === 0 ? 'no checkpoint was taken' : `checkpoint ${id} failed`;
  return new StreamError(`checkpoint.${reason}`, `${what}: ${text}`, { domain: 'internal', retry: 'backoff' });
}
