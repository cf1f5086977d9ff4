import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '@millrace/contracts';
import type { ContainerLaunch } from '@millrace/protocol';
import type { ProcessTable } from '../processes/process-table.ts';
import type { KnownContainer, StopOrder } from '../reconcile.ts';
import { CONTAINER_ID, ContainerDirectory, listContainers } from './container-directory.ts';
import type { ContainerLauncher, ContainerReport } from './container-launcher.ts';
import { type Command, ProcessContainer } from './process-container.ts';

/** Ended containers whose logs are kept. */
const RETAINED_MAX = 300;

export interface ProcessLauncherOptions {
  /** Holds one directory per container. */
  readonly containers: string;
  /** What to run for a launch order. */
  readonly command: (order: ContainerLaunch) => Command;
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly log: Log;
}

/** Containers as plain processes of this machine: a process group, a directory and a memory limit each. */
export class ProcessLauncher implements ContainerLauncher {
  readonly #options: ProcessLauncherOptions;
  readonly #all = new Map<string, ProcessContainer>();

  constructor(options: ProcessLauncherOptions) {
    this.#options = options;
  }

  async recover(): Promise<void> {
    const { containers, log } = this.#options;
    await mkdir(containers, { recursive: true, mode: 0o700 });
    for (const id of await listContainers(containers)) {
      const container = this.#container(id);
      await container.adopt();
      this.#all.set(id, container);
      if (!container.ended) log.info('container found running', { container: id, pid: container.report().pid });
    }
    await this.#killStrays();
    await this.#prune();
  }

  async launch(order: ContainerLaunch): Promise<void> {
    const { containers, command, log } = this.#options;
    if (!CONTAINER_ID.test(order.id)) {
      log.error('refused to launch: a container id must be a UUID', { container: order.id });
      return;
    }
    if (this.#all.has(order.id) || !(await this.#directory(order.id).claim(containers))) return;
    const container = this.#container(order.id);
    this.#all.set(order.id, container);
    await container.start(order, command(order));
    const { pid, status, reason } = container.report();
    log.info('container launched', { container: order.id, role: order.config.role, pid, status, reason });
  }

  stop({ id, graceMs, reason }: StopOrder): void {
    this.#options.log.info('stopping container', { container: id, graceMs, reason });
    this.#all.get(id)?.stop(graceMs, reason);
  }

  async forget(id: string): Promise<void> {
    await this.#all.get(id)?.forget();
    await this.#prune();
  }

  async inspect(): Promise<void> {
    const living = [...this.#all.values()].filter((container) => !container.ended);
    if (living.length === 0) return;
    const processes = await this.#options.table.all();
    for (const container of living) {
      await container.inspect(processes);
      if (!container.ended) continue;
      const { id, status, exitCode, reason } = container.report();
      this.#options.log.info('container ended', { container: id, status, exitCode, reason });
    }
  }

  known(): readonly KnownContainer[] {
    return [...this.#all.values()].map(({ id, ended, stopping }) => ({ id, ended, stopping }));
  }

  report(): readonly ContainerReport[] {
    return [...this.#all.values()].filter((container) => !container.forgotten).map((container) => container.report());
  }

  /**
   * Processes that sit in a container's directory without being that container: an agent died between starting
   * one and writing down its pid, or a child outlived its container.
   */
  async #killStrays(): Promise<void> {
    const { containers, table, log } = this.#options;
    const accounted = new Set(
      this.report().flatMap(({ status, pid }) => (status === 'running' && pid !== null ? [pid] : [])),
    );
    for (const { pid, group } of await table.all()) {
      if (accounted.has(group) || pid === process.pid) continue;
      const directory = await table.workingDirectory(pid);
      if (directory === undefined || !directory.startsWith(join(containers, '/'))) continue;
      log.warn('ending a process that no container accounts for', { pid, directory });
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  }

  /** The oldest ended and forgotten ones go, with their logs. Their ids are never asked for again. */
  async #prune(): Promise<void> {
    const old = [...this.#all.values()].filter((container) => container.forgotten);
    for (const { id } of old.slice(0, Math.max(0, old.length - RETAINED_MAX))) {
      await this.#directory(id).remove();
      this.#all.delete(id);
    }
  }

  #container(id: string): ProcessContainer {
    const { table, clock } = this.#options;
    return new ProcessContainer(id, this.#directory(id), table, clock);
  }

  #directory(id: string): ContainerDirectory {
    return new ContainerDirectory(this.#options.containers, id);
  }
}
