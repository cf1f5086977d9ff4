import {
  type ApplicationId,
  add,
  type ContainerRequest,
  dominantShare,
  NO_RESOURCE,
  type QueueConfig,
  type Resource,
} from '@millrace/model';
import type { Claim, ClusterSnapshot } from './snapshot.ts';

/**
 * The claims of one pool, in the order in which they are served. Applications that have started come before
 * new ones: otherwise masters could fill a pool and none would ever get its workers (what YARN's
 * maximum-am-resource-percent guards against). Then by the pool's policy: `fifo` by age, `fair` by what the
 * application holds already (dominant share), then age. Ids break ties, so that the order is total.
 */
export function orderClaims(
  claims: readonly Claim[],
  queue: QueueConfig,
  held: ReadonlyMap<ApplicationId, Resource>,
): readonly Claim[] {
  const shares = new Map(
    claims.map((claim) => [claim, dominantShare(held.get(claim.application) ?? NO_RESOURCE, queue.maximum)]),
  );
  return [...claims].sort((a, b) => {
    const byStart = Number(held.has(b.application)) - Number(held.has(a.application));
    if (byStart !== 0) return byStart;
    const byShare = queue.policy === 'fair' ? (shares.get(a) ?? 0) - (shares.get(b) ?? 0) : 0;
    return byShare || a.requestedAt - b.requestedAt || (firstId(a) < firstId(b) ? -1 : 1);
  });
}

/** Puts the requests of one gang together. */
export function claimsOf(pending: readonly ContainerRequest[]): readonly Claim[] {
  const groups = new Map<string, ContainerRequest[]>();
  for (const request of [...pending].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const key =
      request.gang === undefined
        ? `request ${request.application} ${request.id}`
        : `gang ${request.application} ${request.gang}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [request]);
    else group.push(request);
  }
  return [...groups.values()].flatMap((requests) => {
    const [first] = requests;
    if (first === undefined) return [];
    const requestedAt = Math.min(...requests.map((request) => request.requestedAt));
    return [{ application: first.application, queue: first.queue, requests, requestedAt }];
  });
}

/** What each application that was admitted holds in all pools together. */
export function heldBy(snapshot: ClusterSnapshot): Map<ApplicationId, Resource> {
  const held = new Map<ApplicationId, Resource>();
  for (const { application } of snapshot.admitted ?? []) held.set(application, NO_RESOURCE);
  for (const { application, resource } of snapshot.running)
    held.set(application, add(held.get(application) ?? NO_RESOURCE, resource));
  return held;
}

function firstId(claim: Claim): string {
  return claim.requests[0]?.id ?? '';
}
