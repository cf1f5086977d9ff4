import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

export interface ServiceSpec {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logDir: string;
  /** Resolves when the freshly started process serves; absent: a line {"ready":true,...} on its stdout says so. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
  readonly readyTimeoutMs: number;
}

const RESTART_DELAY_MAX_MS = 10_000;
const LOG_BYTES_MAX = 50 * 1024 * 1024;

/**
 * One Node program kept running: started in its own process group, its output in a log file, started again with growing
 * delay when it ends by itself. The other programs are built to meet it again.
 */
export class Service {
  readonly spec: ServiceSpec;
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #stopping = false;
  #delayMs = 500;

  constructor(spec: ServiceSpec, onChange: () => void) {
    this.spec = spec;
    this.#onChange = onChange;
  }

  get identity(): (ProcessIdentity & { name: string }) | undefined {
    const pid = this.#child?.pid;
    return pid === undefined ? undefined : { name: this.spec.name, ...identityOf(pid) };
  }

  /** First start: rejects with the end of the log when the program ends before it is ready. */
  async start(): Promise<void> {
    await this.#launch();
  }

  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const kill = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(kill);
  }

  async #launch(): Promise<void> {
    const log = this.#openLog();
    const { args, cwd, env } = this.spec;
    const child = spawn(process.execPath, ['--enable-source-maps', ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', log],
    });
    this.#child = child;
    closeSync(log);
    this.#onChange();
    const controller = new AbortController();
    const said = this.#follow(child);
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        controller.abort();
        reject(new Error(`${this.spec.name} ended (${signal ?? `code ${code}`}); see ${this.#logFile()}`));
        this.#ended();
      });
    });
    const timeout = new Promise<never>((_, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`${this.spec.name} was not ready within ${this.spec.readyTimeoutMs} ms; see ${this.#logFile()}`),
          ),
        this.spec.readyTimeoutMs,
      );
      timer.unref();
    });
    ended.catch(() => {});
    timeout.catch(() => {});
    await Promise.race([this.spec.ready?.(controller.signal) ?? said, ended, timeout]);
    this.#delayMs = 500;
  }

  /** Copies stdout to the log and resolves at the ready line. */
  #follow(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      if (child.stdout === null) return;
      const log = this.#openLog();
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        writeSync(log, `${line}\n`);
        if (line.startsWith('{"ready":true')) resolve();
      });
      lines.on('close', () => closeSync(log));
    });
  }

  #ended(): void {
    if (this.#stopping) return;
    const delay = this.#delayMs;
    this.#delayMs = Math.min(this.#delayMs * 2, RESTART_DELAY_MAX_MS);
    setTimeout(() => {
      if (!this.#stopping)
        this.#launch().catch((error: unknown) => console.error(String(error instanceof Error ? error.message : error)));
    }, delay);
  }

  #logFile(): string {
    return path.join(this.spec.logDir, `${this.spec.name}.log`);
  }

  #openLog(): number {
    const file = this.#logFile();
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
    return openSync(file, 'a', 0o600);
  }
}
