import {
  type Engine,
  type ExecutionReport,
  type JobExecution,
  MAX_WATERMARK,
  type MasterHost,
  type StopMode,
  type WorkerLink,
} from '@millrace/contracts';
import { type CheckpointId, type CompletedCheckpoint, type JobEvent, type JobSpec, StreamError } from '@millrace/model';

/**
 * The smallest thing that keeps the Engine contract, for tests of what surrounds engines: its job is to hear an echo
 * from every worker. A worker that is gone is replaced. The job ends when the label of its first node says so.
 */
export const echoEngine: Engine = {
  name: 'dataflow',
  capabilities: { guarantees: ['at-least-once'], latencyMs: { typical: 1, worst: 1 } },
  plan: (settings, logical) =>
    logical.nodes[0]?.label === 'impossible'
      ? { ok: false, reasons: ['it is impossible'] }
      : { ok: true, plan: { engine: settings.engine, maxParallelism: 1, vertices: [], edges: [] } },
  run: (job, _plan, host, from) => new EchoExecution(job, host, from),
  async serve(host, signal) {
    const closed = new Promise<void>((resolve) => {
      host.master.onClose(() => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    host.master.onMessage((message) => host.master.send({ echo: message }));
    await closed;
  },
};

interface Settle {
  readonly resolve: (how: 'finished' | 'stopped') => void;
  readonly reject: (error: unknown) => void;
}

class EchoExecution implements JobExecution {
  readonly done: Promise<'finished' | 'stopped'>;
  readonly #job: JobSpec;
  readonly #host: MasterHost;
  readonly #over = new AbortController();
  readonly #events: JobEvent[] = [];
  #listener: ((event: JobEvent) => void) | undefined;
  #workers: readonly WorkerLink[] = [];
  #echoes = 0;
  #nextCheckpoint: number;
  readonly #end: Settle;

  constructor(job: JobSpec, host: MasterHost, from: CompletedCheckpoint | undefined) {
    this.#job = job;
    this.#host = host;
    this.#nextCheckpoint = host.nextCheckpointId;
    let end: Settle = { resolve: () => {}, reject: () => {} };
    this.done = new Promise((resolve, reject) => {
      end = { resolve, reject };
    });
    this.#end = end;
    if (from !== undefined) this.#tell({ kind: 'restored', at: host.clock.now(), id: from.id, type: from.kind });
    void this.#run().catch(this.#end.reject);
  }

  onEvent = (listener: (event: JobEvent) => void): void => {
    this.#listener = listener;
    for (const event of this.#events.splice(0)) listener(event);
  };

  report(): ExecutionReport {
    // A figure JSON cannot carry is among them: the runtime has to cope.
    const metrics = { records_in_total: this.#echoes, watermark_lag_ms: Number.NaN, watermark: MAX_WATERMARK };
    return { graph: { vertices: [], edges: [] }, metrics };
  }

  async checkpoint(kind: CompletedCheckpoint['kind']): Promise<CompletedCheckpoint> {
    const at = this.#host.clock.now();
    const id = this.#nextCheckpoint++ as CheckpointId;
    const times = { triggeredAt: at, completedAt: at, sizeBytes: 0 };
    const shape = { parallelism: 1, maxParallelism: 1, subtasks: [] };
    const mine = { id, job: this.#job.id, kind, attempt: this.#host.attempt };
    const checkpoint = await this.#host.checkpoints.complete({ ...mine, ...times, ...shape }, this.#over.signal);
    this.#tell({ kind: 'checkpoint-completed', at: this.#host.clock.now(), checkpoint });
    return checkpoint;
  }

  async stop(mode: StopMode): Promise<CompletedCheckpoint | undefined> {
    const savepoint = mode === 'savepoint' ? await this.checkpoint('savepoint') : undefined;
    this.#over.abort(new Error('stopped'));
    this.#end.resolve('stopped');
    return savepoint;
  }

  async #run(): Promise<void> {
    const { settings } = this.#job;
    const plan = JSON.stringify(this.#job.plan);
    while (!this.#over.signal.aborted) {
      this.#workers = await this.#host.acquireWorkers(
        settings.parallelism,
        settings.containers.worker,
        this.#over.signal,
      );
      const lost = new Promise<string>((resolve) => {
        for (const worker of this.#workers) worker.onClose(resolve);
      });
      const heard = Promise.all(this.#workers.map((worker) => this.#echo(worker)));
      this.#tell({ kind: 'status', at: this.#host.clock.now(), status: 'running' });
      await Promise.race([heard, lost]);
      if (plan.includes('"failing"')) {
        const cause = new Error('the disk is full');
        throw new StreamError('echo.broken', 'The echo is broken.', { domain: 'external', retry: 'never', cause });
      }
      if (plan.includes('"bounded"')) {
        this.#end.resolve('finished');
        return;
      }
      const reason = await lost;
      this.#tell({ kind: 'status', at: this.#host.clock.now(), status: 'restarting', reason });
    }
  }

  #echo(worker: WorkerLink): Promise<void> {
    return new Promise((resolve) => {
      worker.onMessage(() => {
        this.#echoes++;
        resolve();
      });
      worker.send({ hello: worker.container });
    });
  }

  #tell(event: JobEvent): void {
    if (this.#listener === undefined) this.#events.push(event);
    else this.#listener(event);
  }
}
