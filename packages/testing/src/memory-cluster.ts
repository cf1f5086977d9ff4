import type {
  Clock,
  ConnectorRegistry,
  Engine,
  Log,
  MasterHost,
  MetricGroup,
  SnapshotStorage,
  StateBackend,
  UserCode,
  WorkerLink,
} from '@millrace/contracts';
import type { ApplicationId, ContainerId } from '@millrace/model';
import type { MemoryCheckpoints } from './memory-checkpoints.ts';
import { MemoryNetwork } from './memory-exchange.ts';
import { memoryLink } from './memory-link.ts';

export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} };

export const NO_METRICS: MetricGroup = {
  count() {},
  gauge() {},
  scoped: () => NO_METRICS,
};

const NO_USER_CODE: UserCode = {
  load: () => Promise.reject(new Error('this cluster was given no sandbox for functions')),
};

interface LiveWorker {
  readonly link: WorkerLink;
  readonly address: string;
  readonly end: AbortController;
  readonly served: Promise<void>;
}

/**
 * One master's containers, all in this process: real engine code, real messages through JSON, channels in
 * memory. A worker can be killed at any moment: its link and channels break, its code is cut off from both.
 */
export class MemoryCluster {
  readonly network: MemoryNetwork;
  readonly host: MasterHost;
  readonly #engine: Engine;
  readonly #parts: ClusterParts;
  readonly #workers = new Map<ContainerId, LiveWorker>();
  #launched = 0;

  constructor(engine: Engine, attempt: number, parts: ClusterParts) {
    this.#engine = engine;
    this.#parts = parts;
    this.network = new MemoryNetwork(parts.creditBytes);
    this.host = {
      application: 'app-1' as ApplicationId,
      attempt,
      nextCheckpointId: parts.checkpoints.nextId,
      clock: parts.clock,
      log: parts.log ?? SILENT_LOG,
      metrics: NO_METRICS,
      connectors: parts.connectors,
      checkpoints: parts.checkpoints.store(attempt),
      acquireWorkers: async (count) => {
        while (this.#workers.size < count) this.#launch(attempt);
        return [...this.#workers.values()].slice(0, count).map(({ link }) => link);
      },
      releaseWorker: (container) => this.killWorker(container),
    };
  }

  get containers(): readonly ContainerId[] {
    return [...this.#workers.keys()];
  }

  /** As kill -9: nothing is closed by the worker itself. */
  killWorker(container: ContainerId): void {
    const worker = this.#workers.get(container);
    if (worker === undefined) return;
    this.#workers.delete(container);
    this.network.kill(worker.address);
    worker.link.close();
    worker.end.abort();
  }

  /** Ends all workers, as the death of their master does, and waits until their tasks have closed. */
  async close(): Promise<void> {
    const served = [...this.#workers.values()].map((worker) => worker.served);
    for (const container of this.containers) this.killWorker(container);
    await Promise.all(served);
  }

  #launch(attempt: number): void {
    const container = `worker-${attempt}-${++this.#launched}` as ContainerId;
    const address = `memory:${container}`;
    const [masterEnd, workerEnd] = memoryLink();
    const end = new AbortController();
    const served = this.#engine.serve(
      {
        container,
        application: this.host.application,
        clock: this.#parts.clock,
        log: this.#parts.log ?? SILENT_LOG,
        metrics: NO_METRICS,
        connectors: this.#parts.connectors,
        stateBackend: this.#parts.stateBackend,
        userCode: this.#parts.userCode ?? NO_USER_CODE,
        snapshots: this.#parts.snapshots,
        exchange: this.network.exchange(address),
        master: workerEnd,
      },
      end.signal,
    );
    const link: WorkerLink = {
      container,
      exchangeAddress: address,
      send: (message) => masterEnd.send(message),
      onMessage: (listener) => masterEnd.onMessage(listener),
      onClose: (listener) => masterEnd.onClose(listener),
      close: () => masterEnd.close(),
    };
    this.#workers.set(container, { link, address, end, served });
  }
}

export interface ClusterParts {
  readonly clock: Clock;
  readonly connectors: ConnectorRegistry;
  readonly checkpoints: MemoryCheckpoints;
  readonly snapshots: SnapshotStorage;
  readonly stateBackend: StateBackend;
  /** Absent: plans that call functions fail to open. */
  readonly userCode?: UserCode;
  readonly creditBytes?: number;
  readonly log?: Log;
}
