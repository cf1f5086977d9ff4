import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock } from '@millrace/contracts';
import type { ContainerLaunch } from '@millrace/protocol';
import { liveLogPath, rotateLog } from '../logs/log-file.ts';
import type { ProcessEntry, ProcessTable } from '../processes/process-table.ts';
import type { ContainerDirectory, EndRecord, ProcessRecord } from './container-directory.ts';
import type { ContainerReport } from './container-launcher.ts';
import { describeEnd } from './describe-end.ts';

/** From SIGTERM to SIGKILL when a container took too much memory. */
const MEMORY_GRACE_MS = 5_000;
const MIB = 1_048_576;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the clean environment every container gets. No secrets: siblings may read it. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One container as a process group of its own, from its start or from the moment it was found again. */
export class ProcessContainer {
  readonly id: string;
  readonly #directory: ContainerDirectory;
  readonly #table: ProcessTable;
  readonly #clock: Clock;
  #record: ProcessRecord | undefined;
  #end: EndRecord | undefined;
  #waited: { readonly code: number | null; readonly signal: string | null } | undefined;
  #isChild = false;
  #rssBytes: number | null = null;
  #stopReason: string | undefined;
  #memoryReason: string | undefined;
  #killAt: number | undefined;

  constructor(id: string, directory: ContainerDirectory, table: ProcessTable, clock: Clock) {
    this.id = id;
    this.#directory = directory;
    this.#table = table;
    this.#clock = clock;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  get forgotten(): boolean {
    return this.#end?.forgotten === true;
  }

  get stopping(): boolean {
    return this.#stopReason !== undefined || this.#memoryReason !== undefined;
  }

  report(): ContainerReport {
    const end = this.#end;
    return {
      id: this.id,
      status: end?.status ?? (this.#record === undefined ? 'launching' : 'running'),
      pid: this.#record?.pid ?? end?.pid ?? null,
      startedAt: this.#record?.startedAt ?? end?.startedAt ?? null,
      exitCode: end?.exitCode ?? null,
      reason: end?.reason ?? null,
      rssBytes: end === undefined ? this.#rssBytes : null,
    };
  }

  /** The directory is claimed. Whatever fails from here on is the end of this container. */
  async start(order: ContainerLaunch, command: Command): Promise<void> {
    try {
      await this.#directory.writeConfig(order.config);
      const child = this.#spawn(command);
      await spawned(child);
      await this.#identify(child, order.resource.memoryMb);
    } catch (error) {
      await this.#conclude({ status: 'failed', exitCode: null, reason: `could not be started: ${String(error)}` });
    }
  }

  /** Started by an earlier agent. */
  async adopt(): Promise<void> {
    this.#end = await this.#directory.readEnd();
    if (this.#end !== undefined) return;
    const record = await this.#directory.readProcess();
    if (record === undefined) {
      await this.#conclude({
        status: 'failed',
        exitCode: null,
        reason: 'the agent ended while it launched this container',
      });
      return;
    }
    this.#record = record;
    const rebooted = record.bootId !== (await this.#table.bootId());
    if (rebooted || !(await this.#isAlive())) await this.#concludeGone(true, rebooted);
  }

  stop(graceMs: number, reason: string): void {
    if (this.ended || this.stopping) return;
    this.#stopReason = reason;
    this.#terminate(graceMs);
  }

  async forget(): Promise<void> {
    if (this.#end === undefined || this.#end.forgotten) return;
    this.#end = { ...this.#end, forgotten: true };
    await this.#directory.writeEnd(this.#end);
  }

  /** `processes` as listed just now. */
  async inspect(processes: readonly ProcessEntry[]): Promise<void> {
    const record = this.#record;
    if (this.ended || record === undefined) return;
    for (const stream of ['stdout', 'stderr'] as const) await rotateLog(this.#directory.path, stream);
    if (!(await this.#isAlive())) {
      await this.#concludeGone(false, false);
      return;
    }
    const tree = processes.filter(({ group }) => group === record.pid);
    const sizes = await Promise.all(tree.map(({ pid }) => this.#table.rssBytes(pid)));
    this.#rssBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
    this.#checkMemory(this.#rssBytes, record.memoryMb);
    if (this.#killAt !== undefined && this.#clock.monotonic() >= this.#killAt) this.#signal('SIGKILL');
  }

  #checkMemory(rssBytes: number, memoryMb: number): void {
    if (rssBytes <= memoryMb * MIB || this.#memoryReason !== undefined) return;
    this.#memoryReason = `memory exceeded: ${Math.ceil(rssBytes / MIB)} MiB of ${memoryMb} MiB`;
    this.#terminate(MEMORY_GRACE_MS);
  }

  #terminate(graceMs: number): void {
    const killAt = this.#clock.monotonic() + graceMs;
    this.#killAt = Math.min(this.#killAt ?? killAt, killAt);
    this.#signal('SIGTERM');
  }

  /** The group, so that nothing a container started survives it. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#record === undefined) return;
    try {
      process.kill(-this.#record.pid, signal);
    } catch {
      // It has ended; the next inspection says so.
    }
  }

  /**
   * Output goes to files, not pipes: a pipe would break with the agent. The environment is made here from
   * nothing, so that no secret of the agent is inherited.
   */
  #spawn(command: Command): ChildProcess {
    const { path } = this.#directory;
    const stdout = openSync(liveLogPath(path, 'stdout'), 'a', 0o600);
    const stderr = openSync(liveLogPath(path, 'stderr'), 'a', 0o600);
    try {
      return spawn(command.file, [...command.args], {
        cwd: path,
        detached: true,
        stdio: ['ignore', stdout, stderr],
        env: {
          NODE_ENV: 'production',
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: path,
          TMPDIR: path,
          TZ: 'UTC',
          LANG: 'C.UTF-8',
          ...command.environment,
        },
      });
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  }

  async #identify(child: ChildProcess, memoryMb: number): Promise<void> {
    const { pid } = child;
    if (pid === undefined) throw new Error('the process has no id');
    this.#isChild = true;
    child.once('exit', (code, signal) => {
      this.#waited = { code, signal };
    });
    child.unref();
    const startedAt = this.#clock.now();
    const startTicks = (await this.#table.get(pid))?.startTicks ?? '';
    this.#record = { pid, startTicks, bootId: await this.#table.bootId(), startedAt, memoryMb };
    await this.#directory.writeProcess(this.#record);
    if (this.stopping) this.#signal('SIGTERM');
  }

  async #isAlive(): Promise<boolean> {
    if (this.#record === undefined) return false;
    if (this.#isChild) return this.#waited === undefined;
    return (await this.#table.get(this.#record.pid))?.startTicks === this.#record.startTicks;
  }

  async #concludeGone(whileAway: boolean, rebooted: boolean): Promise<void> {
    // What it started must not outlive it; after a reboot the group id may be a stranger's.
    if (!rebooted && !whileAway) this.#signal('SIGKILL');
    const exit = await this.#directory.readExit();
    const facts = { waited: this.#waited, exit, whileAway, rebooted };
    await this.#conclude(describeEnd({ ...facts, stopReason: this.#stopReason, memoryReason: this.#memoryReason }));
  }

  async #conclude(end: Pick<EndRecord, 'status' | 'exitCode' | 'reason'>): Promise<void> {
    const { pid = null, startedAt = null } = this.#record ?? {};
    const record = { ...end, endedAt: this.#clock.now(), pid, startedAt, forgotten: false };
    await this.#directory.removeConfig();
    await this.#directory.writeEnd(record);
    this.#end = record;
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}
