import type { ApplicationId, ContainerId, NodeId, QueueName } from './id.ts';
import type { Resource } from './resource.ts';

export interface QueueConfig {
  readonly name: QueueName;
  readonly parent: QueueName | undefined;
  /** Order of applications inside a leaf queue. */
  readonly policy: 'fifo' | 'fair';
  /** What the queue gets whenever it asks. Children's guarantees never exceed their parent's. */
  readonly guaranteed: Resource;
  /** What the queue may hold when others do not need theirs. */
  readonly maximum: Resource;
  /** `stopped` drains: what runs goes on, nothing new is admitted. */
  readonly state: 'running' | 'stopped';
  readonly maxApplications: number;
}

export interface ClusterNode {
  readonly id: NodeId;
  readonly capacity: Resource;
  /** Lost or unhealthy nodes take no new container. */
  readonly healthy: boolean;
}

export const CONTAINER_ROLES = ['master', 'worker'] as const;
export type ContainerRole = (typeof CONTAINER_ROLES)[number];

export interface ContainerRequest {
  /** Unique per wanted container; stays the same while it waits. */
  readonly id: string;
  readonly application: ApplicationId;
  readonly role: ContainerRole;
  readonly queue: QueueName;
  readonly resource: Resource;
  /** Requests of one gang are granted all or nothing. */
  readonly gang: string | undefined;
  readonly requestedAt: number;
}

export interface Container {
  readonly id: ContainerId;
  readonly application: ApplicationId;
  readonly role: ContainerRole;
  readonly node: NodeId;
  readonly queue: QueueName;
  readonly resource: Resource;
}

/**
 * Life of a container. `allocated`: the scheduler gave it a node. `launching`: the agent claimed it;
 * from here on this id is never launched again. `lost`: its node fell silent; it may still be alive,
 * which is why everything it writes outside is fenced by attempt.
 */
export const CONTAINER_TRANSITIONS = {
  allocated: ['launching', 'stopping', 'failed', 'lost', 'finished'],
  launching: ['running', 'stopping', 'failed', 'lost', 'finished'],
  running: ['stopping', 'finished', 'failed', 'lost'],
  stopping: ['finished', 'failed', 'lost'],
  finished: [],
  failed: [],
  lost: ['finished', 'failed'],
} as const satisfies Record<string, readonly string[]>;

export type ContainerStatus = keyof typeof CONTAINER_TRANSITIONS;
export const CONTAINER_STATUSES = Object.keys(CONTAINER_TRANSITIONS) as readonly ContainerStatus[];

/** The container holds its resource. */
export function isLive(status: ContainerStatus): boolean {
  return status === 'allocated' || status === 'launching' || status === 'running' || status === 'stopping';
}
