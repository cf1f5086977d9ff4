import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContainerConfig } from '@millrace/protocol';

const TSX = import.meta.resolve('tsx');

/** Containers as an agent would start them, from source: a directory, `container.json`, a process, a log. */
export class ContainerProcesses {
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #processes = new Map<string, ChildProcess>();
  readonly #onExit: (container: string, code: number | null) => void;

  /** `environment`: the settings of connectors, as an agent hands them on. */
  constructor(
    folder: string,
    onExit: (container: string, code: number | null) => void,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#folder = folder;
    this.#environment = environment;
    this.#onExit = onExit;
  }

  start(config: ContainerConfig): void {
    const { container, role } = config;
    const directory = join(this.#folder, container);
    mkdirSync(directory);
    writeFileSync(join(directory, 'container.json'), JSON.stringify(config), { mode: 0o600 });
    const log = openSync(join(directory, 'log'), 'a');
    const program = fileURLToPath(new URL(`../bin/${role}.ts`, import.meta.url));
    const args = ['--import', TSX, program];
    const child = spawn(process.execPath, args, {
      cwd: directory,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, ...this.#environment },
    });
    this.#processes.set(container, child);
    child.once('exit', (code) => this.#onExit(container, code));
  }

  kill(container: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#processes.get(container)?.kill(signal);
  }

  async ended(container: string): Promise<number | null> {
    const child = this.#processes.get(container);
    if (child === undefined) throw new Error(`no container ${container}`);
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  log(container: string): string {
    return readFileSync(join(this.#folder, container, 'log'), 'utf8');
  }

  /** The last lines of all of them, for a test that failed. */
  logs(): string {
    const tail = (container: string): string => this.log(container).split('\n').slice(-40).join('\n');
    return [...this.#processes.keys()].map((container) => `--- ${container}\n${tail(container)}`).join('\n');
  }

  exitRecord(container: string): unknown {
    return JSON.parse(readFileSync(join(this.#folder, container, 'exit.json'), 'utf8'));
  }

  async killAll(): Promise<void> {
    for (const [container, child] of this.#processes) {
      child.kill('SIGKILL');
      await this.ended(container);
    }
  }
}
