import { join } from 'node:path';
import type { ContainerLaunch } from '@millrace/protocol';
import type { Command } from './process-container.ts';

/**
 * The share of a container's memory that V8 may use for objects. The rest is for buffers, the column data of
 * batches among them, for code and for the process itself; V8's limit does not see those, the agent's does.
 */
const HEAP_SHARE = 0.6;
const HEAP_MB_MIN = 64;
/**
 * V8 counts the buffers behind columns as part of the heap, and starts with a limit so low that a busy worker would collect its
 * whole heap every few dozen megabytes it reads: a third of its time. With this share allowed from the start it collects when there is
 * something to collect. It is a limit, not a reservation: an idle container uses no more than before.
 */
const INITIAL_HEAP_SHARE = 0.25;
const INITIAL_HEAP_MB_MAX = 256;

/**
 * `node master.js` or `node worker.js` from the runtime's folder; everything else is in container.json, but for
 * the node's own settings of connectors, which are `environment`.
 */
export function runtimeCommand(
  runtimeDirectory: string,
  environment: Readonly<Record<string, string>>,
): (order: ContainerLaunch) => Command {
  return ({ resource, config }) => {
    const heapMb = Math.max(HEAP_MB_MIN, Math.floor(resource.memoryMb * HEAP_SHARE));
    const initialMb = Math.min(INITIAL_HEAP_MB_MAX, heapMb, Math.floor(resource.memoryMb * INITIAL_HEAP_SHARE));
    const program = join(runtimeDirectory, `${config.role}.js`);
    return {
      file: process.execPath,
      environment,
      args: [`--max-old-space-size=${heapMb}`, `--initial-heap-size=${initialMb}`, program],
    };
  };
}
