import { type QueueConfig, type QueueName, type Resource, times } from '@millrace/model';

/** The pools of a fresh installation: shares of what the first node offers; an admin reshapes them in the portal. */
export function initialPools(capacity: Resource): readonly QueueConfig[] {
  const pool = (name: string, parent: string | undefined, guarantee: number, maximum: number): QueueConfig => ({
    name: name as QueueName,
    parent: parent as QueueName | undefined,
    policy: 'fifo',
    guaranteed: rounded(times(capacity, guarantee)),
    maximum: rounded(times(capacity, maximum)),
    state: 'running',
    maxApplications: 100,
  });
  return [
    pool('root', undefined, 1, 1),
    pool('root.production', 'root', 0.5, 1),
    pool('root.development', 'root', 0.25, 0.75),
    pool('root.demo', 'root', 0.25, 0.75),
  ];
}

/** Down to a quarter vcore and 64 MiB, so that guarantees of children never exceed their parent's. */
function rounded(resource: Resource): Resource {
  return { vcores: Math.floor(resource.vcores * 4) / 4, memoryMb: Math.floor(resource.memoryMb / 64) * 64 };
}
