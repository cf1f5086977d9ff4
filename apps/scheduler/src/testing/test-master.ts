import type { ContainerLaunch, MasterHeartbeat, MasterHeartbeatAnswer, MasterRegisterAnswer } from '@millrace/protocol';

const BEAT_MS = 100;

/** Speaks the master's side of the protocol: asks for its workers, runs when it has them, obeys what is wished. */
export class TestMaster {
  readonly launch: ContainerLaunch;
  readonly ended: Promise<void>;
  registered: MasterRegisterAnswer | undefined;
  answer: MasterHeartbeatAnswer | undefined;
  /** Set when the scheduler refused this attempt. */
  fenced = false;
  workers = 2;
  workerVcores = 0.5;
  obedient = true;
  events: MasterHeartbeat['events'] = [];
  savepoints: MasterHeartbeat['savepoints'] = [];
  metrics: Record<string, number> = { records_in_per_second: 5 };
  readonly #url: () => string;
  #alive = true;
  #begin: () => void = () => {};

  constructor(launch: ContainerLaunch, url: () => string) {
    this.launch = launch;
    this.#url = url;
    this.ended = new Promise<void>((resolve) => {
      this.#begin = resolve;
    }).then(() => this.#run());
  }

  start(): void {
    this.#begin();
  }

  kill(): void {
    this.#alive = false;
    this.#begin();
  }

  get attempt(): number {
    return this.launch.config.attempt;
  }

  call(path: string, body: object): Promise<Response> {
    const { application, token } = this.launch.config;
    return fetch(`${this.#url()}/v1/applications/${application}/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ attempt: this.attempt, ...body }),
    });
  }

  register(): Promise<Response> {
    return this.call('register', { container: this.launch.id, address: '127.0.0.1:7000' });
  }

  heartbeat(status: MasterHeartbeat['status'] = this.#status()): Promise<Response> {
    const ask = Array.from({ length: this.workers }, (_, at) => ({
      id: `worker-${at}`,
      resource: { vcores: this.workerVcores, memoryMb: 256 },
      gang: 'workers',
    })).filter(({ id }) => !this.answer?.granted.some(({ request }) => request === id));
    const report = { graph: { vertices: [], edges: [] }, metrics: this.metrics };
    const body = { status, ask, release: [], report, events: this.events, savepoints: this.savepoints };
    return this.call('heartbeat', body);
  }

  checkpoint(
    id: number,
    kind: 'checkpoint' | 'savepoint' = 'checkpoint',
    subtasks: readonly unknown[] = [],
  ): Promise<Response> {
    const now = Date.now();
    const { job } = this.launch.config;
    const checkpoint = {
      id,
      job: job.id,
      kind,
      attempt: this.attempt,
      parallelism: 2,
      maxParallelism: 128,
      triggeredAt: now - 5,
      completedAt: now,
    };
    return this.call('checkpoints', { checkpoint: { ...checkpoint, subtasks, sizeBytes: 10, location: `${id}` } });
  }

  finish(
    outcome: 'finished' | 'suspended' | 'canceled' | 'failed',
    diagnostics = outcome as string,
  ): Promise<Response> {
    return this.call('finish', { outcome, diagnostics, error: null });
  }

  #status(): MasterHeartbeat['status'] {
    return (this.answer?.granted.length ?? 0) >= this.workers ? 'running' : 'starting';
  }

  async #run(): Promise<void> {
    while (this.#alive && !this.fenced) {
      await this.#step().catch(() => {}); // The scheduler is away; a master waits for it.
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
  }

  async #step(): Promise<void> {
    const response = this.registered === undefined ? await this.register() : await this.heartbeat();
    if (response.status === 409) this.fenced = true;
    if (response.status !== 200) return;
    if (this.registered === undefined) {
      this.registered = (await response.json()) as MasterRegisterAnswer;
      return;
    }
    this.answer = (await response.json()) as MasterHeartbeatAnswer;
    if (this.answer.desired === 'running' || !this.obedient || !this.#alive) return;
    if ((await this.finish(this.answer.desired)).status === 200) this.#alive = false;
  }
}
