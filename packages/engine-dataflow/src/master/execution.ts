import type { MasterHost, Split, WorkerLink } from '@millrace/contracts';
import {
  type CompletedCheckpoint,
  type ContainerId,
  errorFromData,
  type JobSpec,
  type OperatorId,
  type SplitId,
  StreamError,
} from '@millrace/model';
import type { PhysicalPlan } from '@millrace/plan';
import type { CheckpointCoordinator } from '../checkpoints/coordinator.ts';
import { Deferred, orAborted } from '../deferred.ts';
import type { MasterMessage, WorkerMessage } from '../messages.ts';
import type { Sinks } from './sinks.ts';
import type { Sources } from './sources.ts';
import { TaskBoard } from './task-board.ts';
import { planDeployment } from './task-descriptors.ts';
import type { SessionListener, WorkerSessions } from './worker-sessions.ts';

/** Deploying includes restoring state; a worker that takes longer is taken for stuck. */
const DEPLOY_TIMEOUT_MS = 300_000;
/** A canceled worker closes its writers within this time or is released. */
const CANCEL_TIMEOUT_MS = 15_000;
/** Writers of one master: its attempt times this, plus the execution. */
const EXECUTIONS_PER_ATTEMPT = 1_000_000;

/** Writers count every execution of every master: what an earlier one left behind is told from what the next one writes. */
export function writerAttempt(attempt: number, execution: number): number {
  return attempt * EXECUTIONS_PER_ATTEMPT + execution;
}

export type Outcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'stopped'; readonly savepoint: CompletedCheckpoint | undefined }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface ExecutionParts {
  readonly number: number;
  readonly host: MasterHost;
  readonly job: JobSpec;
  readonly plan: PhysicalPlan;
  readonly sources: Sources;
  readonly sinks: Sinks;
  readonly sessions: WorkerSessions;
  readonly coordinator: CheckpointCoordinator;
  readonly from: CompletedCheckpoint | undefined;
  onRunning(): void;
}

/** One try at running the whole job: from acquiring workers to the last task ended. Any failure ends all of it. */
export class Execution implements SessionListener {
  readonly board: TaskBoard;
  readonly #parts: ExecutionParts;
  readonly #end = new AbortController();
  readonly #outcome = new Deferred<Outcome>();
  readonly #running = new Deferred<void>();
  readonly #canceled = new Map<ContainerId, Deferred<void>>();
  readonly #assigned = new Map<OperatorId, Set<SplitId>>();
  #workers: readonly WorkerLink[] = [];
  #finishing = false;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.board = new TaskBoard(parts.plan);
  }

  /** Runs to its outcome; every task has ended, or its worker was released, when this resolves. Never rejects. */
  async run(): Promise<Outcome> {
    const { sessions } = this.#parts;
    const { signal } = this.#end;
    const background: Promise<void>[] = [];
    sessions.listen(this);
    try {
      await this.#start(signal);
      background.push(this.#coordinate(signal), this.#watchSplits(signal));
    } catch (error) {
      this.fail(error);
    }
    const outcome = await this.#outcome.promise;
    this.#end.abort();
    await Promise.allSettled(background);
    await this.#cancelAll();
    sessions.listen(undefined);
    return outcome;
  }

  fail(error: unknown): void {
    this.#outcome.resolve({ kind: 'failed', error });
    this.#end.abort(error);
  }

  stop(savepoint: CompletedCheckpoint | undefined): void {
    this.#outcome.resolve({ kind: 'stopped', savepoint });
    this.#end.abort();
  }

  onMessage(container: ContainerId, message: WorkerMessage): void {
    if (message.execution !== this.#parts.number) return;
    switch (message.kind) {
      case 'task-status':
        this.board.set(message.task, message.status, container);
        if (message.error !== undefined) this.fail(errorFromData(message.error));
        else this.#onStatus();
        break;
      case 'acknowledge':
        this.#parts.coordinator.onAcknowledge(message.checkpoint, message.task, message.operators);
        break;
      case 'decline':
        this.#parts.coordinator.onDecline(message.checkpoint, message.task, message.error.message);
        break;
      case 'metrics':
        for (const { task, metrics } of message.tasks) this.board.setMetrics(task, metrics);
        break;
      case 'canceled':
        this.#canceled.get(container)?.resolve();
    }
  }

  onLost(container: ContainerId, reason: string): void {
    this.#canceled.get(container)?.resolve();
    if (!this.#workers.some((worker) => worker.container === container)) return;
    const text = `worker ${container} is gone: ${reason}`;
    this.fail(new StreamError('worker.lost', text, { domain: 'internal', retry: 'backoff' }));
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { host, job, plan, sources, sinks, sessions, from } = this.#parts;
    const { parallelism, containers, guarantee } = job.settings;
    const workers = await orAborted(host.acquireWorkers(parallelism, containers.worker, signal), signal);
    this.#workers = workers.slice(0, parallelism);
    sessions.add(this.#workers);
    // The order matters: sealed output of the checkpoint first, then everything else that is open, then new writers.
    if (from !== undefined) await orAborted(sinks.commit(from, signal), signal);
    const attempt = writerAttempt(host.attempt, this.#parts.number);
    const dead = { subtasks: Math.max(parallelism, from?.parallelism ?? 0), attempt };
    await orAborted(sinks.abortLingering(dead, signal), signal);
    const splits = sources.splits(from);
    for (const [source, { open, finished }] of splits) {
      this.#assigned.set(source, new Set([...open.map((split) => split.id), ...finished]));
    }
    const tasks = planDeployment({
      job,
      plan,
      guarantee,
      attempt: host.attempt,
      writerAttempt: attempt,
      splits,
      from,
      addresses: this.#workers.map((worker) => worker.exchangeAddress),
    });
    for (const [index, { container }] of this.#workers.entries()) {
      for (const { vertex, subtask } of tasks[index] ?? []) {
        this.board.set({ vertex: vertex.id, subtask }, 'deploying', container);
      }
      this.#send(container, { kind: 'deploy', execution: this.#parts.number, tasks: tasks[index] ?? [] });
    }
    await this.#allRunning(signal);
    this.#parts.onRunning();
    this.#onStatus();
  }

  async #allRunning(signal: AbortSignal): Promise<void> {
    const timer = new AbortController();
    this.#parts.host.clock.sleep(DEPLOY_TIMEOUT_MS, timer.signal).then(
      () =>
        this.#running.reject(
          new StreamError('job.deploy-timeout', 'the tasks did not start in time', {
            domain: 'internal',
            retry: 'backoff',
          }),
        ),
      () => {},
    );
    try {
      await orAborted(this.#running.promise, signal);
    } finally {
      timer.abort();
    }
  }

  #onStatus(): void {
    if (this.board.all((status) => status === 'running' || status === 'finished')) this.#running.resolve();
    if (!this.#finishing && this.board.all((status) => status === 'finished')) {
      this.#finishing = true;
      void this.#finish();
    }
  }

  /** All input is read. The last checkpoint commits the last output; while it fails it is tried again. */
  async #finish(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        await this.#running.promise;
        await this.#parts.coordinator.request('checkpoint', false);
        this.#outcome.resolve({ kind: 'finished' });
        return;
      } catch {
        // The coordinator counts failures and ends the execution when there are too many.
        await this.#parts.host.clock.sleep(100, this.#end.signal).catch(() => {});
      }
    }
  }

  async #coordinate(signal: AbortSignal): Promise<void> {
    const { coordinator, number: execution } = this.#parts;
    try {
      await coordinator.run({
        tasks: this.board.tasks,
        signal,
        trigger: ({ checkpoint, savepoint, stop }) =>
          this.#broadcast({ kind: 'trigger-checkpoint', execution, checkpoint, savepoint, stop }),
        notifyComplete: (checkpoint) => this.#broadcast({ kind: 'checkpoint-complete', execution, checkpoint }),
      });
    } catch (error) {
      this.fail(error);
    }
  }

  async #watchSplits(signal: AbortSignal): Promise<void> {
    await this.#parts.sources.watch((source, found) => this.#addSplits(source, found), signal);
  }

  #addSplits(source: OperatorId, found: readonly Split[]): void {
    const { parallelism } = this.#parts.job.settings;
    const assigned = this.#assigned.get(source) ?? new Set();
    this.#assigned.set(source, assigned);
    for (const split of found) {
      if (assigned.has(split.id)) continue;
      const subtask = assigned.size % parallelism;
      assigned.add(split.id);
      const container = this.#workers[subtask]?.container;
      if (container === undefined) continue;
      const task = { vertex: source, subtask };
      this.#send(container, { kind: 'add-splits', execution: this.#parts.number, task, splits: [split] });
    }
  }

  async #cancelAll(): Promise<void> {
    const { host, sessions, number: execution } = this.#parts;
    const alive = this.#workers.filter(({ container }) => sessions.isAlive(container));
    for (const { container } of alive) {
      this.#canceled.set(container, new Deferred());
      this.#send(container, { kind: 'cancel', execution });
    }
    const timer = new AbortController();
    const late = host.clock.sleep(CANCEL_TIMEOUT_MS, timer.signal).then(
      () => 'late' as const,
      () => 'ended' as const,
    );
    for (const { container } of alive) {
      const answer = this.#canceled.get(container)?.promise.then(() => 'canceled' as const);
      if ((await Promise.race([answer, late])) !== 'late') continue;
      host.log.warn('a worker did not end its tasks in time and is released', { container });
      sessions.release(container);
    }
    timer.abort();
  }

  #broadcast(message: MasterMessage): void {
    for (const { container } of this.#workers) this.#send(container, message);
  }

  #send(container: ContainerId, message: MasterMessage): void {
    this.#parts.sessions.send(container, message);
  }
}
