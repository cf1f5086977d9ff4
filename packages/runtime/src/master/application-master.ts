import type { Clock, ConnectorRegistry, Engine, JobExecution, MasterHost, StopMode } from '@millrace/contracts';
import {
  type ApplicationId,
  type CheckpointId,
  errorData,
  type JobEvent,
  type JobSpec,
  StreamError,
} from '@millrace/model';
import { type LogicalPlan, parseLogicalPlan, withDeadLetterTopic } from '@millrace/plan';
import type { ContainerConfig, MasterHeartbeat, MasterHeartbeatAnswer, MasterRegisterAnswer } from '@millrace/protocol';
import type { Logger, MetricRegistry } from '@millrace/telemetry';
import { SchedulerCheckpointStore } from '../checkpoint-store.ts';
import { EXIT } from '../last-words.ts';
import { secretsOf } from '../secret-options.ts';
import { ContainerAllocator } from './container-allocator.ts';
import { decideStop, failureOf, outcomeOf } from './ending.ts';
import { EventOutbox } from './event-outbox.ts';
import { Pause } from './pause.ts';
import { reportMessage } from './report.ts';
import { SavepointRequests } from './savepoint-requests.ts';
import { isFenced, SchedulerClient } from './scheduler-client.ts';
import { startWorkerServer, type WorkerServer } from './worker-server.ts';

const HEARTBEAT_MS = 1_000;
/** For the events that are still on their way when the job has ended. */
const LAST_EVENTS_MS = 5_000;

export interface MasterParts {
  readonly config: ContainerConfig;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly connectors: ConnectorRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

export interface End {
  readonly code: number;
  readonly reason: string;
}

/**
 * One run of one job, seen by the cluster: registers, asks for workers, tells once a second how it goes, does what
 * the owner wants, and says its last words. The job itself is the engine's. When the scheduler is away the job goes on;
 * when the scheduler says that a newer attempt exists, this one ends at once and touches nothing more.
 */
export async function runApplicationMaster(parts: MasterParts, signal: AbortSignal): Promise<End> {
  const { config, clock, log } = parts;
  const pause = new Pause(clock);
  const allocator = new ContainerAllocator(config.attempt, clock, log, () => pause.end());
  const server = await startWorkerServer({
    application: config.application,
    attempt: config.attempt,
    token: config.token,
    clock,
    log,
    onWorker: (worker) => allocator.connected(worker),
    onGone: (container) => allocator.disconnected(container),
  });
  const scheduler = new SchedulerClient({ ...config, clock, log });
  const master = new ApplicationMaster(parts, { allocator, server, scheduler, pause });
  try {
    return await master.run(signal);
  } catch (error) {
    if (signal.aborted) return { code: EXIT.done, reason: 'asked to end' };
    if (isFenced(error)) return { code: EXIT.fenced, reason: `fenced: ${error.message}` };
    if (error instanceof StreamError) return { code: EXIT.crashed, reason: error.message };
    throw error;
  } finally {
    allocator.releaseAll();
    await server.close();
  }
}

interface Surroundings {
  readonly allocator: ContainerAllocator;
  readonly server: WorkerServer;
  readonly scheduler: SchedulerClient;
  readonly pause: Pause;
}

class ApplicationMaster {
  readonly #parts: MasterParts;
  readonly #allocator: ContainerAllocator;
  readonly #server: WorkerServer;
  readonly #scheduler: SchedulerClient;
  readonly #pause: Pause;
  readonly #events = new EventOutbox();
  readonly #savepoints = new SavepointRequests();
  #status: MasterHeartbeat['status'] = 'starting';
  #statusReason: string | undefined;
  #execution: JobExecution | undefined;
  #stopMode: StopMode | undefined;
  #stopFailedAt: number | undefined;

  constructor(parts: MasterParts, surroundings: Surroundings) {
    this.#parts = parts;
    this.#allocator = surroundings.allocator;
    this.#server = surroundings.server;
    this.#scheduler = surroundings.scheduler;
    this.#pause = surroundings.pause;
  }

  async run(signal: AbortSignal): Promise<End> {
    const { config, log } = this.#parts;
    const { attempt, container } = config;
    const registered = await this.#scheduler.register({ attempt, container, address: this.#server.address }, signal);
    this.#allocator.releaseForeign(
      registered.live.filter((worker) => worker.role === 'worker').map((worker) => worker.container),
    );
    log.info('registered', { restore: registered.restore?.checkpoint.id, reason: registered.restore?.reason });
    const words = await this.#runJob(registered, signal);
    await this.#deliverLastEvents(signal);
    this.#allocator.releaseAll();
    await this.#scheduler.finish({ attempt, ...words }, signal);
    return { code: EXIT.done, reason: `${words.outcome}: ${words.diagnostics}` };
  }

  /** Resolves with what there is to say about the end; rejects when this attempt is fenced or the signal aborted. */
  async #runJob(registered: MasterRegisterAnswer, signal: AbortSignal): Promise<ReturnType<typeof outcomeOf>> {
    const over = new AbortController();
    try {
      const execution = this.#start(registered);
      this.#execution = execution;
      const beating = this.#beat(signal, over.signal);
      const end = await Promise.race([execution.done, beating]);
      return outcomeOf(end, this.#stopMode);
    } catch (error) {
      if (signal.aborted || isFenced(error)) throw error;
      this.#parts.log.error('the job failed', { error });
      return failureOf(error);
    } finally {
      over.abort();
      this.#pause.end();
    }
  }

  #start(registered: MasterRegisterAnswer): JobExecution {
    const { spec, restore, nextCheckpointId } = registered;
    const engine = this.#parts.engines.get(spec.settings.engine);
    if (engine === undefined) throw refused(`There is no engine called ${spec.settings.engine}.`);
    const logical = logicalPlanOf(spec);
    this.#parts.log.hide(secretsOf(logical));
    const planned = engine.plan(spec.settings, logical);
    if (!planned.ok) throw refused(`The job cannot run on engine ${engine.name}: ${planned.reasons.join('; ')}.`);
    this.#server.welcome(engine.name);
    const from = restore?.checkpoint;
    const execution = engine.run(spec, planned.plan, this.#host(nextCheckpointId as CheckpointId, from), from);
    execution.onEvent((event) => this.#onEvent(event));
    // It is raced with the heartbeats below; a rejection before that must not count as unhandled.
    execution.done.catch(() => {});
    return execution;
  }

  #host(
    nextCheckpointId: CheckpointId,
    restored: ConstructorParameters<typeof SchedulerCheckpointStore>[3],
  ): MasterHost {
    const { config, clock, log, metrics, connectors } = this.#parts;
    return {
      application: config.application as ApplicationId,
      attempt: config.attempt,
      nextCheckpointId,
      clock,
      log,
      metrics: metrics.root,
      connectors,
      checkpoints: new SchedulerCheckpointStore(config.checkpointDir, config.attempt, this.#scheduler, restored),
      acquireWorkers: (count, resource, signal) => this.#allocator.acquire(count, resource, signal),
      releaseWorker: (container) => this.#allocator.release(container),
    };
  }

  #onEvent(event: JobEvent): void {
    this.#events.add(event);
    if (event.kind !== 'status') return;
    this.#parts.log.info(`job is ${event.status}`, { reason: event.reason });
    if (event.status !== 'starting' && event.status !== 'running' && event.status !== 'restarting') return;
    this.#status = event.status;
    this.#statusReason = event.reason;
  }

  /** Never resolves; rejects when fenced or aborted. */
  async #beat(signal: AbortSignal, over: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      over.throwIfAborted();
      const answer = await this.#exchange(signal);
      if (answer !== undefined) this.#follow(answer);
      await this.#pause.sleep(HEARTBEAT_MS * (0.9 + Math.random() / 5), signal);
    }
  }

  async #exchange(signal: AbortSignal): Promise<MasterHeartbeatAnswer | undefined> {
    const { config } = this.#parts;
    const { ask, release } = this.#allocator.ask();
    const savepoints = this.#savepoints.answers();
    const status = this.#stopMode === undefined ? this.#status : this.#stopMode === 'now' ? 'canceling' : 'suspending';
    const heartbeat: MasterHeartbeat = {
      attempt: config.attempt,
      status,
      ...(this.#statusReason === undefined ? {} : { statusReason: this.#statusReason }),
      ask,
      release,
      report: this.#execution === undefined ? null : reportMessage(this.#execution.report()),
      events: this.#events.pending(),
      savepoints,
    };
    const answer = await this.#scheduler.heartbeat(heartbeat, signal);
    if (answer === undefined) return undefined;
    this.#events.acknowledge(answer.eventsAcknowledged);
    this.#savepoints.acknowledge(savepoints);
    this.#allocator.answered(answer, { release });
    return answer;
  }

  #follow({ desired, savepoints }: MasterHeartbeatAnswer): void {
    const execution = this.#execution;
    if (execution === undefined) return;
    if (this.#stopMode === undefined) this.#savepoints.take(savepoints, execution);
    const now = this.#parts.clock.monotonic();
    const sinceFailed = this.#stopFailedAt === undefined ? undefined : now - this.#stopFailedAt;
    const mode = decideStop(desired, this.#stopMode, sinceFailed);
    if (mode !== undefined) void this.#stop(execution, mode);
  }

  async #stop(execution: JobExecution, mode: StopMode): Promise<void> {
    const { log, clock } = this.#parts;
    this.#stopMode = mode;
    log.info('stopping the job', { mode });
    try {
      await execution.stop(mode);
    } catch (error) {
      log.warn('the job could not be stopped', { mode, error });
      if (this.#stopMode !== mode) return;
      this.#stopMode = undefined;
      this.#stopFailedAt = clock.monotonic();
      this.#statusReason = `stopping failed: ${errorData(error).message}`;
    }
  }

  async #deliverLastEvents(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const deadline = clock.monotonic() + LAST_EVENTS_MS;
    while (!this.#events.isEmpty && clock.monotonic() < deadline) {
      if ((await this.#exchange(signal)) === undefined) await clock.sleep(HEARTBEAT_MS / 2, signal);
    }
  }
}

function logicalPlanOf(spec: JobSpec): LogicalPlan {
  const plan = parseLogicalPlan(spec.plan);
  const { deadLetterTopic } = spec.settings;
  const hasOne = plan.nodes.some((node) => node.kind === 'dead-letter');
  return deadLetterTopic === undefined || hasOne ? plan : withDeadLetterTopic(plan, deadLetterTopic);
}

function refused(message: string): StreamError {
  return new StreamError('plan.refused', message, { domain: 'user', retry: 'never' });
}
