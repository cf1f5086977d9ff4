import { availableParallelism, totalmem } from 'node:os';

/**
 * What this machine's node offers the pools. Vcores are shares of CPU time, not cores: streaming
 * containers are mostly idle, so four to a core, as YARN's guide suggests for light containers. Memory: 60 % of RAM, the
 * rest is for PostgreSQL, the broker, the portal and the page cache.
 */
export function nodeCapacity(given: { readonly vcores: number | undefined; readonly memoryMb: number | undefined }): {
  vcores: number;
  memoryMb: number;
} {
  return {
    vcores: given.vcores ?? Math.max(8, availableParallelism() * 4),
    memoryMb: given.memoryMb ?? Math.max(2_048, Math.floor((totalmem() / 1024 / 1024) * 0.6)),
  };
}
