import { type ApplicationId, add, dominantShare, NO_RESOURCE, type QueueName, type Resource } from '@millrace/model';
import { claimsOf, heldBy, orderClaims } from './claims.ts';
import { FreeSpace } from './placement.ts';
import { buildQueueTree, charge, limitHit, type QueueNode, stoppedAt } from './queue-tree.ts';
import {
  beyondMaximum,
  beyondNode,
  noRoom,
  ordinal,
  poolFull,
  poolMissing,
  poolStopped,
  tooManyApplications,
} from './reasons.ts';
import type { Allocation, Claim, ClusterSnapshot, Schedule, Waiting } from './snapshot.ts';

/**
 * Who gets which machine. Capacity scheduling as in YARN: again and again the pool that is furthest below its
 * guarantee (dominant share of used over guaranteed) may serve its next claim, until no pool can. Inside
 * a pool a claim that does not fit yet holds back the later ones: small ones cannot starve it. One that can
 * never fit holds back nobody.
 */
export function schedule(snapshot: ClusterSnapshot): Schedule {
  const round = new Round(snapshot);
  for (;;) {
    const queue = round.mostUnderServed();
    if (queue === undefined) return round.result();
    round.serveNext(queue);
  }
}

/** The working copy of one schedule: free space, usage and lines as they change with each allocation. */
class Round {
  readonly #tree: ReadonlyMap<QueueName, QueueNode>;
  readonly #free: FreeSpace;
  readonly #held: Map<ApplicationId, Resource>;
  readonly #applications = new Map<QueueName, Set<ApplicationId>>();
  readonly #lines = new Map<QueueName, Claim[]>();
  readonly #allocations: Allocation[] = [];
  readonly #waiting: Waiting[] = [];

  constructor(snapshot: ClusterSnapshot) {
    this.#tree = buildQueueTree(snapshot.queues, snapshot.running);
    this.#free = new FreeSpace(snapshot.nodes, snapshot.running);
    this.#held = heldBy(snapshot);
    for (const { queue, application } of [...snapshot.running, ...(snapshot.admitted ?? [])])
      this.#applicationsIn(queue).add(application);
    for (const [name, claims] of groupByQueue(claimsOf(snapshot.pending))) {
      const queue = this.#tree.get(name);
      if (queue !== undefined) this.#lines.set(name, [...orderClaims(claims, queue.config, this.#held)]);
      else for (const [at, claim] of claims.entries()) this.#wait(claim, poolMissing(name), at + 1);
    }
  }

  result(): Schedule {
    return { allocations: this.#allocations, waiting: this.#waiting };
  }

  /** Among pools with a line; the name breaks ties. A pool without a guarantee comes last. */
  mostUnderServed(): QueueNode | undefined {
    const asking = [...this.#lines.keys()].flatMap((name) => this.#tree.get(name) ?? []);
    const share = (queue: QueueNode) => Math.min(dominantShare(queue.used, queue.config.guaranteed), Number.MAX_VALUE);
    return asking.sort((a, b) => share(a) - share(b) || (a.config.name < b.config.name ? -1 : 1))[0];
  }

  serveNext(queue: QueueNode): void {
    const line = this.#lines.get(queue.config.name) ?? [];
    const [claim, ...rest] = line;
    if (claim === undefined) {
      this.#lines.delete(queue.config.name);
      return;
    }
    const never = this.#neverFits(claim, queue);
    if (never !== undefined) {
      this.#wait(claim, never, 1);
      this.#lines.set(queue.config.name, rest);
      return;
    }
    const refused = this.#refusal(claim, queue);
    const nodes =
      refused === undefined ? this.#free.place(claim.requests.map((request) => request.resource)) : undefined;
    if (nodes !== undefined) {
      this.#allocate(claim, queue, nodes);
      this.#lines.set(queue.config.name, rest);
      return;
    }
    const reason = refused ?? noRoom(sumOf(claim), this.#free.count);
    for (const [at, later] of line.entries())
      this.#wait(later, at === 0 ? reason : `${reason}; ${ordinal(at + 1)} in line`, at + 1);
    this.#lines.delete(queue.config.name);
  }

  #allocate(claim: Claim, queue: QueueNode, nodes: readonly Allocation['node'][]): void {
    for (const [at, request] of claim.requests.entries()) {
      const node = nodes[at];
      if (node !== undefined) this.#allocations.push({ request, node });
    }
    charge(queue, sumOf(claim));
    this.#held.set(claim.application, add(this.#held.get(claim.application) ?? NO_RESOURCE, sumOf(claim)));
    this.#applicationsIn(queue.config.name).add(claim.application);
  }

  /** Why not now, though it may be later. */
  #refusal(claim: Claim, queue: QueueNode): string | undefined {
    if (!this.#held.has(claim.application)) {
      // A stopped pool drains: applications that run may still replace what they lose.
      const stopped = stoppedAt(queue);
      if (stopped !== undefined) return poolStopped(stopped.config.name);
      if (this.#applicationsIn(queue.config.name).size >= queue.config.maxApplications)
        return tooManyApplications(queue);
    }
    const full = limitHit(queue, sumOf(claim));
    return full === undefined ? undefined : poolFull(full, sumOf(claim));
  }

  /** Why never, as long as pools and nodes are what they are. */
  #neverFits(claim: Claim, queue: QueueNode): string | undefined {
    for (let at: QueueNode | undefined = queue; at !== undefined; at = at.parent) {
      if (exceeds(sumOf(claim), at.config.maximum)) return beyondMaximum(sumOf(claim), at);
    }
    const { largest, count } = this.#free;
    const large = count === 0 ? undefined : claim.requests.find((request) => exceeds(request.resource, largest));
    return large === undefined ? undefined : beyondNode(large.resource, largest);
  }

  #applicationsIn(queue: QueueName): Set<ApplicationId> {
    const known = this.#applications.get(queue) ?? new Set();
    this.#applications.set(queue, known);
    return known;
  }

  #wait(claim: Claim, reason: string, position: number): void {
    for (const request of claim.requests) this.#waiting.push({ request, reason, position });
  }
}

function exceeds(wanted: Resource, limit: Resource): boolean {
  return wanted.vcores > limit.vcores || wanted.memoryMb > limit.memoryMb;
}

function sumOf(claim: Claim): Resource {
  return claim.requests.reduce<Resource>((sum, request) => add(sum, request.resource), NO_RESOURCE);
}

function groupByQueue(claims: readonly Claim[]): Map<QueueName, Claim[]> {
  const groups = new Map<QueueName, Claim[]>();
  for (const claim of claims) groups.set(claim.queue, [...(groups.get(claim.queue) ?? []), claim]);
  return groups;
}
