import type { ContainerLaunch, NodeHeartbeat } from '@millrace/protocol';
import type { KnownContainer, StopOrder } from '../reconcile.ts';

/** One container as the heartbeat tells it. */
export type ContainerReport = NodeHeartbeat['containers'][number];

/**
 * Makes containers and knows what became of them. Called by the agent only, one call at a time.
 *
 * What must hold whatever crashes where: an id is launched at most once, ever, also across restarts of the
 * agent; a container goes on when the agent dies and is found again by `recover`; nothing runs that `report` does not name.
 */
export interface ContainerLauncher {
  /** Once, before anything else: finds what earlier agents started, ends what cannot be accounted for. */
  recover(): Promise<void>;
  /** Resolves when the container runs, or is reported as failed; never rejects for one container's fault. */
  launch(order: ContainerLaunch): Promise<void>;
  /** SIGTERM now, SIGKILL after the grace. Returns at once. */
  stop(order: StopOrder): void;
  /** The end of this container is recorded elsewhere: it leaves `report`, its logs stay for a while. */
  forget(id: string): Promise<void>;
  /** Looks at every container: who ended, who takes too much memory, whose log is too long. About once a second. */
  inspect(): Promise<void>;
  known(): readonly KnownContainer[];
  report(): readonly ContainerReport[];
}
