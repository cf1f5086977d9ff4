import type { QueueName, Resource } from '@millrace/model';
import type { QueueNode } from './queue-tree.ts';

/** The sentences that answer "why is my job waiting?". Each names the limit and what would lift it. */
export function poolMissing(name: QueueName): string {
  return `pool ${name} does not exist; choose another pool for the job`;
}

export function poolStopped(name: QueueName): string {
  return `pool ${name} is stopped: what runs goes on, nothing new starts until an admin opens it`;
}

export function poolFull(queue: QueueNode, wanted: Resource): string {
  const { name, maximum } = queue.config;
  return `pool ${name} is at its maximum: ${describe(queue.used)} of ${describe(maximum)} used, ${describe(wanted)} more needed`;
}

export function tooManyApplications(queue: QueueNode): string {
  return `pool ${queue.config.name} already runs its maximum of ${queue.config.maxApplications} applications`;
}

export function noRoom(wanted: Resource, nodes: number): string {
  if (nodes === 0) return 'no healthy node is registered';
  return `no node has enough free: ${describe(wanted)} needed; waits until running containers end`;
}

export function beyondMaximum(wanted: Resource, queue: QueueNode): string {
  const { name, maximum } = queue.config;
  return `can never fit: asks for ${describe(wanted)}, the maximum of pool ${name} is ${describe(maximum)}; ask for less or raise the maximum`;
}

export function beyondNode(wanted: Resource, largest: Resource): string {
  return `can never fit: one container asks for ${describe(wanted)}, the largest node has ${describe(largest)}; ask for less`;
}

function describe(resource: Resource): string {
  const vcores = Math.round(resource.vcores * 100) / 100;
  return `${vcores} ${vcores === 1 ? 'vcore' : 'vcores'} and ${Math.round(resource.memoryMb)} MiB`;
}

export function ordinal(position: number): string {
  const tens = position % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th');
  return `${position}${suffix}`;
}
