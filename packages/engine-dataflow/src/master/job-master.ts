import type { ExecutionReport, JobExecution, MasterHost, StopMode } from '@millrace/contracts';
import {
  type CheckpointKind,
  type CompletedCheckpoint,
  canMove,
  errorData,
  type JobEvent,
  type JobSpec,
  type JobStatus,
  StreamError,
} from '@millrace/model';
import type { PhysicalPlan } from '@millrace/plan';
import { CheckpointCoordinator, isFenced } from '../checkpoints/coordinator.ts';
import { Deferred } from '../deferred.ts';
import { decideRestart, NO_RESTARTS } from '../restart/restart-strategy.ts';
import { checkRestorable } from './assign-state.ts';
import { Execution, type Outcome, writerAttempt } from './execution.ts';
import { Sinks } from './sinks.ts';
import { Sources } from './sources.ts';
import { TaskBoard } from './task-board.ts';
import { WorkerSessions } from './worker-sessions.ts';

/** After the last task ended, outside systems get this long to commit or abort what is still open. */
const SETTLE_TIMEOUT_MS = 60_000;

/** One job in motion: executions one after another until it finishes, is stopped, or fails for good. */
export class JobMaster implements JobExecution {
  readonly done: Promise<'finished' | 'stopped'>;
  readonly #host: MasterHost;
  readonly #job: JobSpec;
  readonly #plan: PhysicalPlan;
  readonly #from: CompletedCheckpoint | undefined;
  readonly #sinks: Sinks;
  readonly #sources: Sources;
  readonly #sessions: WorkerSessions;
  readonly #coordinator: CheckpointCoordinator;
  readonly #listeners: ((event: JobEvent) => void)[] = [];
  readonly #early: JobEvent[] = [];
  readonly #stopNow = new AbortController();
  readonly #ended = new Deferred<void>();
  #board: TaskBoard;
  #execution: Execution | undefined;
  #status: JobStatus = 'accepted';
  #restarts = NO_RESTARTS;
  #restartsTotal = 0;

  constructor(host: MasterHost, job: JobSpec, plan: PhysicalPlan, from: CompletedCheckpoint | undefined) {
    this.#host = host;
    this.#job = job;
    this.#plan = plan;
    this.#from = from;
    this.#sinks = new Sinks(host, job, plan);
    this.#sources = new Sources(host, plan);
    this.#sessions = new WorkerSessions(host);
    this.#board = new TaskBoard(plan);
    const emit = (event: JobEvent): void => this.#emit(event);
    this.#coordinator = new CheckpointCoordinator({ host, job, plan, sinks: this.#sinks, from, emit });
    this.done = this.#run();
    this.done.catch(() => {});
  }

  /** Events that came before the first listener are kept for it. */
  readonly onEvent = (listener: (event: JobEvent) => void): void => {
    this.#listeners.push(listener);
    for (const event of this.#early.splice(0)) listener(event);
  };

  report(): ExecutionReport {
    const metrics = { ...this.#board.totals(), ...this.#coordinator.figures(), restarts_total: this.#restartsTotal };
    return { graph: this.#board.graph(), metrics };
  }

  async checkpoint(kind: CheckpointKind): Promise<CompletedCheckpoint> {
    if (this.#status !== 'running') throw notRunning(this.#status);
    return this.#coordinator.request(kind, false);
  }

  async stop(mode: StopMode): Promise<CompletedCheckpoint | undefined> {
    if (mode === 'now') {
      if (canMove(this.#status, 'canceling')) this.#move('canceling');
      this.#stopNow.abort();
      this.#execution?.stop(undefined);
      await this.#ended.promise;
      return undefined;
    }
    const execution = this.#execution;
    if (this.#status !== 'running' || execution === undefined) throw notRunning(this.#status);
    this.#move('suspending');
    const savepoint = await this.#coordinator.request('savepoint', true);
    execution.stop(savepoint);
    await this.#ended.promise;
    return savepoint;
  }

  async #run(): Promise<'finished' | 'stopped'> {
    try {
      this.#move('starting');
      const outcome = await this.#runToOutcome();
      await this.#settle(outcome);
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind === 'finished') this.#move('finished');
      else this.#move(outcome.savepoint === undefined ? 'canceled' : 'suspended');
      return outcome.kind;
    } catch (error) {
      const data = errorData(error);
      this.#emit({ kind: 'failure', at: this.#host.clock.now(), error: data });
      this.#move('failed', data.message);
      throw error;
    } finally {
      await this.#sinks.close();
      this.#sessions.releaseAll();
      this.#ended.resolve();
    }
  }

  async #runToOutcome(): Promise<Outcome> {
    let prepared = false;
    for (let number = 1; ; number++) {
      let outcome: Outcome;
      try {
        if (!prepared) await this.#prepare();
        prepared = true;
        outcome = await this.#execute(number);
      } catch (error) {
        outcome = { kind: 'failed', error };
      }
      if (this.#stopNow.signal.aborted) return { kind: 'stopped', savepoint: undefined };
      if (outcome.kind !== 'failed') return outcome;
      if (!(await this.#mayRestart(outcome.error))) return outcome;
    }
  }

  async #prepare(): Promise<void> {
    const { signal } = this.#stopNow;
    if (this.#from !== undefined) checkRestorable(this.#plan, this.#from);
    await this.#sinks.prepare(this.#host.attempt, signal);
    await this.#sources.discover(signal);
  }

  async #execute(number: number): Promise<Outcome> {
    await this.#coordinator.settle(this.#stopNow.signal);
    const from = this.#coordinator.latest;
    if (from !== undefined) this.#emit({ kind: 'restored', at: this.#host.clock.now(), id: from.id, type: from.kind });
    const execution = new Execution({
      number,
      host: this.#host,
      job: this.#job,
      plan: this.#plan,
      sources: this.#sources,
      sinks: this.#sinks,
      sessions: this.#sessions,
      coordinator: this.#coordinator,
      from,
      onRunning: () => this.#move('running'),
    });
    this.#board = execution.board;
    this.#execution = execution;
    if (this.#stopNow.signal.aborted) execution.stop(undefined);
    return execution.run();
  }

  /** Waits out the delay when it may. */
  async #mayRestart(error: unknown): Promise<boolean> {
    const { clock, log } = this.#host;
    const data = errorData(error);
    const decision = decideRestart(this.#job.settings.restart, this.#restarts, data, clock.monotonic());
    log.warn(`execution failed: ${data.message}`, { code: data.code, detail: data.detail, decision: decision.kind });
    if (decision.kind === 'fail') return false;
    this.#emit({ kind: 'failure', at: clock.now(), error: data });
    this.#restarts = decision.history;
    this.#restartsTotal++;
    this.#move('restarting', data.message);
    await clock.sleep(decision.delayMs, this.#stopNow.signal).catch(() => {});
    return true;
  }

  /**
   * All writers are gone. Sealed output of the latest checkpoint becomes visible; everything else that is
   * open is aborted, so that nobody downstream waits for it. A fenced master touches nothing: it would
   * abort the output of its successor.
   */
  async #settle(outcome: Outcome): Promise<void> {
    const isClean = outcome.kind === 'finished' || (outcome.kind === 'stopped' && outcome.savepoint !== undefined);
    if (isClean || (outcome.kind === 'failed' && isFenced(outcome.error))) return;
    const limit = new AbortController();
    const timer = new AbortController();
    this.#host.clock.sleep(SETTLE_TIMEOUT_MS, timer.signal).then(
      () => limit.abort(new Error('outside systems did not answer in time')),
      () => {},
    );
    try {
      const { latest } = this.#coordinator;
      await this.#coordinator.settle(limit.signal);
      if (latest !== undefined) await this.#sinks.commit(latest, limit.signal);
      const subtasks = Math.max(this.#job.settings.parallelism, this.#from?.parallelism ?? 0);
      // All writers of this master are gone.
      const dead = { subtasks, attempt: writerAttempt(this.#host.attempt + 1, 0) };
      await this.#sinks.abortLingering(dead, limit.signal);
    } catch (error) {
      this.#host.log.error('output may be left open outside until its timeout', { error: errorData(error).message });
    } finally {
      timer.abort();
    }
  }

  #move(status: JobStatus, reason?: string): void {
    if (status === this.#status) return;
    if (!canMove(this.#status, status)) {
      this.#host.log.warn(`status ${status} after ${this.#status} is not in the table`);
      return;
    }
    this.#status = status;
    const at = this.#host.clock.now();
    this.#emit(reason === undefined ? { kind: 'status', at, status } : { kind: 'status', at, status, reason });
  }

  #emit(event: JobEvent): void {
    if (this.#listeners.length === 0) this.#early.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function notRunning(status: JobStatus): StreamError {
  return new StreamError(
    'checkpoint.not-running',
    `the job is ${status}: a checkpoint can be taken only while it is running. Try again when it runs.`,
    { domain: 'user', retry: 'backoff' },
  );
}
