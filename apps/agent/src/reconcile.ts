import type { ContainerLaunch, NodeHeartbeatAnswer } from '@millrace/protocol';

/** What the agent knows of one container, as far as the decision needs it. */
export interface KnownContainer {
  readonly id: string;
  readonly ended: boolean;
  readonly stopping: boolean;
}

export interface StopOrder {
  readonly id: string;
  readonly graceMs: number;
  readonly reason: string;
}

export interface Reconciliation {
  readonly launch: readonly ContainerLaunch[];
  readonly stop: readonly StopOrder[];
  readonly forget: readonly string[];
}

/** For a container nobody wants any more: time to abort its open transactions. */
export const UNKNOWN_GRACE_MS = 10_000;

/**
 * Wanted against actual. Pure, and safe to repeat: a container that is known, alive or ended, is never
 * launched again; one that is already stopping keeps its deadline; a live one that the scheduler neither
 * wants nor stops is unknown to it and is stopped.
 */
export function reconcile(answer: NodeHeartbeatAnswer, actual: readonly KnownContainer[]): Reconciliation {
  const known = new Map(actual.map((container) => [container.id, container]));
  const toStop = new Map(answer.stop.map((order) => [order.id, order]));
  const wanted = new Set(answer.wanted.map(({ id }) => id));
  const stop: StopOrder[] = [];
  for (const { id, ended, stopping } of actual) {
    if (ended || stopping) continue;
    const order = toStop.get(id);
    if (order !== undefined) stop.push(order);
    else if (!wanted.has(id)) stop.push({ id, graceMs: UNKNOWN_GRACE_MS, reason: 'the scheduler does not know it' });
  }
  return {
    launch: answer.wanted.filter(({ id }) => !known.has(id) && !toStop.has(id)),
    stop,
    forget: answer.forget.filter((id) => known.get(id)?.ended === true),
  };
}
