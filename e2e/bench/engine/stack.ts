import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeCommand } from '../../../apps/agent/src/launchers/runtime-command.ts';
import type { JobId, JobSettings, JobSpec, QueueName } from '../../../packages/model/src/index.ts';
import { containerConfig } from '../../../packages/runtime/src/testing/container-config.ts';
import { TestScheduler } from '../../../packages/runtime/src/testing/scheduler.ts';
import { compile } from '../../../packages/sql/src/index.ts';
import { bundleQuickStart } from '../../../packages/tooling/src/quick-start.ts';
import { startOurs } from '../broker/contenders.ts';
import { cpuSecondsOf, peakMemoryMbOf } from '../cpu.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD = path.join(ROOT, 'build/bench-engine');
const SAMPLE_MS = 20;
const TOKEN = 't'.repeat(40);
const CONTAINER = { vcores: 1, memoryMb: 1024 };

/** What the workers of one job used in their whole lives, their start included. */
export interface EngineRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
}

export interface RunOptions {
  readonly parallelism: number;
  /** `--cpu-prof` of every worker goes there. */
  readonly profile?: string | undefined;
  readonly checkpointMs?: number;
}

/**
 * The embedded broker and the containers of a job, bundled as `npm start` runs them and each in its own process, without scheduler,
 * agent, database and portal: what those use is no part of a figure.
 */
export class EngineStack implements AsyncDisposable {
  readonly port: number;
  readonly brokerPid: number;
  /** Where tables of the connector `filesystem` have their files. */
  readonly filesRoot: string;
  readonly #folder: string;
  readonly #closeBroker: () => PromiseLike<void>;
  #jobs = 0;

  private constructor(folder: string, broker: Awaited<ReturnType<typeof startOurs>>) {
    this.#folder = folder;
    this.filesRoot = path.join(folder, 'files');
    mkdirSync(this.filesRoot);
    this.port = broker.port;
    this.brokerPid = broker.pid;
    this.#closeBroker = () => broker[Symbol.asyncDispose]();
  }

  static async start(): Promise<EngineStack> {
    const entries = ['master', 'worker'].map((role) => [role, path.join(ROOT, `packages/runtime/src/bin/${role}.ts`)]);
    await bundleQuickStart(Object.fromEntries(entries), BUILD);
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-engine-'));
    return new EngineStack(folder, await startOurs('group-commit'));
  }

  /** Runs one bounded job to its end. Throws with the log of its containers when it does not finish. */
  async run(sql: string, options: RunOptions): Promise<EngineRun> {
    const folder = path.join(this.#folder, `job-${++this.#jobs}`);
    mkdirSync(folder);
    const checkpointDir = path.join(folder, 'checkpoints');
    const environment = { MILLRACE_CONNECTOR_ALLOW: `127.0.0.1:${this.port}`, MILLRACE_FILES_ROOT: this.filesRoot };
    const processes: ChildProcess[] = [];
    const logs: string[] = [];
    const workers = new Map<number, { cpu: number; memory: number; ended: number }>();
    let started = 0;
    const launch = (role: 'master' | 'worker', container: string, masterAddress?: string): void => {
      const directory = path.join(folder, container);
      mkdirSync(directory);
      const change = { container, schedulerUrl: scheduler.url, checkpointDir };
      const config = containerConfig(role, masterAddress === undefined ? change : { ...change, masterAddress });
      writeFileSync(path.join(directory, 'container.json'), JSON.stringify(config), { mode: 0o600 });
      const profile = options.profile;
      const flags = role === 'worker' && profile !== undefined ? ['--cpu-prof', '--cpu-prof-dir', profile] : [];
      const log = path.join(directory, 'log');
      const out = openSync(log, 'a');
      logs.push(log);
      const command = runtimeCommand(BUILD, environment)({ id: container, resource: CONTAINER, config });
      const child = spawn(command.file, [...flags, ...command.args], {
        cwd: directory,
        stdio: ['ignore', out, out],
        env: { PATH: process.env.PATH, ...command.environment },
      });
      processes.push(child);
      if (role === 'worker') {
        started ||= performance.now();
        workers.set(child.pid ?? -1, { cpu: 0, memory: 0, ended: performance.now() });
      }
      child.once('exit', (code) => scheduler.containerEnded(container, `ended with ${code}`));
    };
    const scheduler = await TestScheduler.start({
      application: 'app-1',
      token: TOKEN,
      spec: this.#spec(sql, options),
      launch: (container, address) => launch('worker', container, address),
    });
    const sampler = setInterval(() => {
      for (const pid of workers.keys()) {
        const cpu = cpuSecondsOf(pid);
        if (cpu !== undefined)
          workers.set(pid, {
            cpu,
            memory: peakMemoryMbOf(pid) ?? workers.get(pid)?.memory ?? 0,
            ended: performance.now(),
          });
      }
    }, SAMPLE_MS);
    try {
      launch('master', 'master');
      const ended = await scheduler.finished;
      if (ended.outcome !== 'finished')
        throw new Error(
          `${JSON.stringify(ended)}\n${logs.map((log) => readFileSync(log, 'utf8').slice(-3_000)).join('\n')}`,
        );
      await Promise.all(
        processes.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))),
      );
    } finally {
      clearInterval(sampler);
      for (const child of processes) child.kill('SIGKILL');
      await scheduler.close();
    }
    const used = [...workers.values()];
    return {
      seconds: (Math.max(...used.map(({ ended }) => ended)) - started) / 1000,
      cpuSeconds: used.reduce((sum, { cpu }) => sum + cpu, 0),
      peakMemoryMb: Math.max(...used.map(({ memory }) => memory)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeBroker();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #spec(sql: string, { parallelism, checkpointMs = 10_000 }: RunOptions): JobSpec {
    const { plan, diagnostics } = compile(sql);
    if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    const settings: JobSettings = {
      engine: 'dataflow',
      guarantee: 'at-least-once',
      parallelism,
      queue: 'root' as QueueName,
      containers: { master: CONTAINER, worker: CONTAINER },
      checkpoint: { intervalMs: checkpointMs, timeoutMs: 60_000, retainedCount: 2 },
      restart: { attemptsMax: 0, delayMs: 100 },
    };
    return { id: 'job-1' as JobId, name: 'bench', version: 1, plan: JSON.parse(JSON.stringify(plan)), settings };
  }
}
