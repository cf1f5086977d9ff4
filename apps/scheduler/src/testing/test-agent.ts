import type { ContainerLaunch, NodeHeartbeat, NodeHeartbeatAnswer } from '@millrace/protocol';
import { TestMaster } from './test-master.ts';

export interface TestAgentOptions {
  readonly node: string;
  readonly url: () => string;
  readonly clusterToken: string;
  readonly capacity: { readonly vcores: number; readonly memoryMb: number };
}

type Container = NodeHeartbeat['containers'][number];

const BEAT_MS = 100;

/** Speaks the agent's side of the protocol. Its masters live in this process; its workers are only names. */
export class TestAgent {
  /** Every id that was ever launched here, in order: none may come twice. */
  readonly launched: ContainerLaunch[] = [];
  readonly masters: TestMaster[] = [];
  /** Configure masters before they start. */
  onMaster: (master: TestMaster) => void = () => {};
  answers = 0;
  readonly #options: TestAgentOptions;
  readonly #containers = new Map<string, Container>();
  readonly #known = new Set<string>();
  #speaking = true;
  readonly #running: Promise<void>;

  constructor(options: TestAgentOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get containers(): readonly Container[] {
    return [...this.#containers.values()];
  }

  /** A container's process ends by itself. */
  exit(id: string, exitCode: number, reason: string | null = null): void {
    const container = this.#containers.get(id);
    if (container === undefined) throw new Error(`no container ${id}`);
    this.#containers.set(id, { ...container, status: exitCode === 0 ? 'finished' : 'failed', exitCode, reason });
    for (const master of this.masters) if (master.launch.id === id) master.kill();
  }

  /** The whole node is gone, masters too. */
  vanish(): void {
    this.#speaking = false;
    for (const master of this.masters) master.kill();
  }

  async close(): Promise<void> {
    this.vanish();
    await this.#running;
    for (const master of this.masters) await master.ended;
  }

  async beat(): Promise<NodeHeartbeatAnswer | undefined> {
    const body: NodeHeartbeat = {
      node: this.#options.node,
      incarnation: 'one',
      capacity: this.#options.capacity,
      used: { cpuRatio: 0.1, memoryMb: 100 },
      logUrl: 'http://127.0.0.1:1',
      containers: this.containers,
    } as NodeHeartbeat;
    const response = await fetch(`${this.#options.url()}/v1/nodes/heartbeat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#options.clusterToken}` },
      body: JSON.stringify(body),
    }).catch(() => undefined);
    if (response?.status !== 200) return undefined;
    const answer = (await response.json()) as NodeHeartbeatAnswer;
    if (this.#speaking) this.#obey(answer);
    return answer;
  }

  async #run(): Promise<void> {
    while (this.#speaking) {
      await this.beat();
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
  }

  #obey({ wanted, stop, forget }: NodeHeartbeatAnswer): void {
    this.answers++;
    for (const launch of wanted) if (!this.#known.has(launch.id)) this.#launch(launch);
    for (const { id, reason } of stop) if (this.#containers.get(id)?.status === 'running') this.exit(id, 0, reason);
    for (const id of forget) this.#containers.delete(id);
  }

  #launch(launch: ContainerLaunch): void {
    const { id, config } = launch;
    this.#known.add(id);
    this.launched.push(launch);
    this.#containers.set(id, {
      id,
      status: 'running',
      pid: 1,
      startedAt: Date.now(),
      exitCode: null,
      reason: null,
      rssBytes: 1_000_000,
    });
    if (config.role !== 'master') return;
    const master = new TestMaster(launch, this.#options.url);
    this.masters.push(master);
    this.onMaster(master);
    master.start();
  }
}
