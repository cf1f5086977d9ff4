import type {
  ApplicationId,
  CheckpointId,
  CheckpointKind,
  CompletedCheckpoint,
  ContainerId,
  EngineName,
  GraphReport,
  Guarantee,
  JobEvent,
  JobSpec,
  Resource,
} from '@millrace/model';
import type { LogicalPlan, PhysicalPlan } from '@millrace/plan';
import type { CheckpointStore, SnapshotStorage } from './checkpoint.ts';
import type { Clock } from './clock.ts';
import type { ConnectorRegistry } from './connector.ts';
import type { Exchange } from './exchange.ts';
import type { Log, MetricGroup } from './metrics.ts';
import type { StateBackend } from './state.ts';
import type { UserCode } from './user-code.ts';

export interface EngineCapabilities {
  readonly guarantees: readonly Guarantee[];
  /** Floor of end-to-end delay the engine is built for; shown when choosing an engine. */
  readonly latencyMs: { readonly typical: number; readonly worst: number };
}

export type PlanResult =
  | { readonly ok: true; readonly plan: PhysicalPlan }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** Pure: same input, same plan. Called by the portal to explain and by the master to run. */
export type PlanJob = (settings: JobSpec['settings'], logical: LogicalPlan) => PlanResult;

export interface Engine {
  readonly name: EngineName;
  readonly capabilities: EngineCapabilities;
  plan: PlanJob;
  /** In the master container. Starts at once; trouble arrives as events and as the rejection of `done`. */
  run(job: JobSpec, plan: PhysicalPlan, host: MasterHost, from: CompletedCheckpoint | undefined): JobExecution;
  /** In a worker container. Serves the master until the link closes or the signal aborts. */
  serve(host: WorkerHost, signal: AbortSignal): Promise<void>;
}

/**
 * A two-way, ordered pipe of JSON messages between master and one worker. What is said on it is the
 * engine's own business; the runtime carries it, authenticates both ends, and notices when one is gone.
 */
export interface MessageLink {
  send(message: unknown): void;
  /** One listener; messages that came before it was set are kept. */
  onMessage(listener: (message: unknown) => void): void;
  /** Once; the peer's process ended, or the connection broke. */
  onClose(listener: (reason: string) => void): void;
  close(): void;
}

export interface WorkerLink extends MessageLink {
  readonly container: ContainerId;
  /** Where its exchange listens. */
  readonly exchangeAddress: string;
}

/** Everything an engine may touch in the master. It imports nothing that opens a socket. */
export interface MasterHost {
  readonly application: ApplicationId;
  /** Grows with every master of this job; the fence. */
  readonly attempt: number;
  /** Above every id this job has ever used, also for checkpoints that failed; `from.id + 1` may be taken. */
  readonly nextCheckpointId: CheckpointId;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricGroup;
  readonly connectors: ConnectorRegistry;
  readonly checkpoints: CheckpointStore;
  /**
   * Resolves when `count` workers are connected, all or none (gang). Those already held count; lost ones
   * are asked for again. Rejects only by the signal.
   */
  acquireWorkers(count: number, resource: Resource, signal: AbortSignal): Promise<readonly WorkerLink[]>;
  /** Ends the worker's container. */
  releaseWorker(container: ContainerId): void;
}

export interface WorkerHost {
  readonly container: ContainerId;
  readonly application: ApplicationId;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricGroup;
  readonly connectors: ConnectorRegistry;
  readonly stateBackend: StateBackend;
  readonly snapshots: SnapshotStorage;
  readonly exchange: Exchange;
  readonly userCode: UserCode;
  readonly master: MessageLink;
}

/** How a job is ended: with a savepoint first, or now. Both leave no open transaction behind. */
export type StopMode = 'savepoint' | 'now';

/** A job in motion. */
export interface JobExecution {
  readonly onEvent: (listener: (event: JobEvent) => void) => void;
  /** Latest figures; cheap, called about once a second. */
  report(): ExecutionReport;
  /** Rejects with `checkpoint.<reason>` when it could not be taken. */
  checkpoint(kind: CheckpointKind): Promise<CompletedCheckpoint>;
  /** Resolves when all tasks have ended; with the savepoint for mode `savepoint`. */
  stop(mode: StopMode): Promise<CompletedCheckpoint | undefined>;
  /** Settles when the job ended by itself, was stopped, or failed for good (restart strategy exhausted). */
  readonly done: Promise<'finished' | 'stopped'>;
}

export interface ExecutionReport {
  readonly graph: GraphReport;
  /** Job-wide figures by metric name; absent = unknown. */
  readonly metrics: Readonly<Record<string, number>>;
}
