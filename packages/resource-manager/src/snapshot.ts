import type {
  ApplicationId,
  ClusterNode,
  Container,
  ContainerRequest,
  NodeId,
  QueueConfig,
  QueueName,
} from '@millrace/model';

/** A photograph of the cluster. Scheduling is a function of this and of nothing else: same photograph, same decisions. */
export interface ClusterSnapshot {
  readonly nodes: readonly ClusterNode[];
  readonly queues: readonly QueueConfig[];
  /** Containers that hold their resource, whatever phase of life they are in. */
  readonly running: readonly Container[];
  readonly pending: readonly ContainerRequest[];
  /**
   * Applications that were admitted before, also those that hold nothing at this moment because they are being
   * restarted: they count against `maxApplications` of their queue and may be served while it is stopped.
   */
  readonly admitted?: readonly { readonly application: ApplicationId; readonly queue: QueueName }[];
}

export interface Allocation {
  readonly request: ContainerRequest;
  readonly node: NodeId;
}

/** Why a request was not served and how many claimants of its queue come first. */
export interface Waiting {
  readonly request: ContainerRequest;
  /** One sentence with queue, limit and place in line. */
  readonly reason: string;
  /** 1 = next in its queue. */
  readonly position: number;
}

/** Every pending request is in exactly one of the two lists. */
export interface Schedule {
  readonly allocations: readonly Allocation[];
  readonly waiting: readonly Waiting[];
}

/** One claim: requests that are granted together or not at all. A request without a gang is a claim of its own. */
export interface Claim {
  readonly application: ApplicationId;
  readonly queue: QueueName;
  readonly requests: readonly ContainerRequest[];
  readonly requestedAt: number;
}
