import type { Clock, Log, WorkerLink } from '@millrace/contracts';
import type { ContainerId, Resource } from '@millrace/model';
import type { MasterHeartbeat, MasterHeartbeatAnswer } from '@millrace/protocol';
import type { ConnectedWorker } from './worker-server.ts';

/** From a grant to the worker's call; then the container is given back and another asked for. */
const CONNECT_TIMEOUT_MS = 60_000;

/** One wanted worker, from the ask to the connection. The id stays the same while it waits. */
interface Place {
  readonly id: string;
  readonly resource: Resource;
  readonly gang: string;
  container: string | undefined;
  grantedAt: number;
}

interface Demand {
  readonly count: number;
  readonly resource: Resource;
  readonly resolve: (workers: readonly WorkerLink[]) => void;
}

/**
 * Keeps as many places as the engine wants: asks for them in every heartbeat until they are granted, waits for the
 * worker of each to connect, and asks again for those that ended. A worker may connect before the master hears of
 * the grant: it is kept until then.
 *
 * Places are dropped when their worker ends and are made up for only while somebody waits in `acquire`: whether a
 * running job wants a new worker is for the engine to say.
 */
export class ContainerAllocator {
  readonly #attempt: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onAsk: () => void;
  readonly #workers = new Map<string, ConnectedWorker>();
  /** Ended, or given back. */
  readonly #gone = new Set<string>();
  readonly #releases = new Set<string>();
  #places: Place[] = [];
  #demand: Demand | undefined;
  #nextId = 1;

  /** `onAsk` is called when there is something new to ask for. */
  constructor(attempt: number, clock: Clock, log: Log, onAsk: () => void) {
    this.#onAsk = onAsk;
    this.#attempt = attempt;
    this.#clock = clock;
    this.#log = log;
  }

  /** `MasterHost.acquireWorkers`. One call at a time; a newer one takes the place of the one before. */
  async acquire(count: number, resource: Resource, signal: AbortSignal): Promise<readonly WorkerLink[]> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const demand: Demand = {
        count,
        resource,
        resolve: (workers) => {
          signal.removeEventListener('abort', abort);
          resolve(workers);
        },
      };
      const abort = (): void => {
        if (this.#demand === demand) this.#demand = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#demand = demand;
      this.#settle();
    });
  }

  /** `MasterHost.releaseWorker`. */
  release(container: ContainerId): void {
    this.#giveBack(container);
  }

  /** Containers of an earlier master of this attempt: their workers have ended with it. */
  releaseForeign(containers: readonly string[]): void {
    for (const container of containers) this.#giveBack(container);
  }

  /** Every worker is told to end in good order. */
  releaseAll(): void {
    this.#demand = undefined;
    for (const container of this.#workers.keys()) this.#giveBack(container);
    this.#places = [];
  }

  connected(worker: ConnectedWorker): void {
    const { container } = worker;
    if (this.#gone.has(container)) {
      worker.release();
      return;
    }
    this.#workers.set(container, worker);
    this.#settle();
  }

  /** A worker's link closed: its process ends by itself, its container is given back. */
  disconnected(container: string): void {
    if (this.#workers.delete(container)) this.#giveBack(container);
    this.#settle();
  }

  /** What the next heartbeat says. */
  ask(): Pick<MasterHeartbeat, 'ask' | 'release'> {
    this.#giveUpOnSilent();
    const waiting = this.#places.filter(({ container }) => container === undefined);
    return {
      ask: waiting.map(({ id, resource: { vcores, memoryMb }, gang }) => ({
        id,
        gang,
        resource: { vcores, memoryMb },
      })),
      release: [...this.#releases],
    };
  }

  /** `sent` is what `ask` gave for the heartbeat that is answered here. */
  answered(answer: MasterHeartbeatAnswer, sent: Pick<MasterHeartbeat, 'release'>): void {
    for (const container of sent.release) this.#releases.delete(container);
    for (const { container, reason } of answer.ended) this.#end(container, reason);
    for (const { request, container } of answer.granted) {
      const place = this.#places.find(({ id }) => id === request);
      if (place === undefined) this.#giveBack(container);
      else if (place.container === undefined && !this.#gone.has(container)) {
        place.container = container;
        place.grantedAt = this.#clock.monotonic();
      }
    }
    this.#settle();
  }

  #settle(): void {
    const demand = this.#demand;
    if (demand === undefined) return;
    this.#fit(demand);
    const workers = this.#places.map(({ container }) => this.#workers.get(container ?? ''));
    const present = workers.filter((worker) => worker !== undefined);
    if (present.length < demand.count) return;
    this.#demand = undefined;
    demand.resolve(present);
  }

  /** Exactly `count` places of this size: surplus and other sizes go back, what is missing is asked for as one gang. */
  #fit({ count, resource }: Demand): void {
    const fitting = this.#places.filter((place) => sameResource(place.resource, resource));
    // Those that work already first.
    fitting.sort((a, b) => Number(this.#isPresent(b)) - Number(this.#isPresent(a)));
    const kept = fitting.slice(0, count);
    for (const place of this.#places) {
      if (!kept.includes(place) && place.container !== undefined) this.#giveBack(place.container);
    }
    if (kept.length < count) this.#onAsk();
    const gang = `g-${this.#attempt}-${this.#nextId}`;
    while (kept.length < count) {
      kept.push({ id: `w-${this.#attempt}-${this.#nextId++}`, resource, gang, container: undefined, grantedAt: 0 });
    }
    this.#places = kept;
  }

  #isPresent({ container }: Place): boolean {
    return container !== undefined && this.#workers.has(container);
  }

  #end(container: string, reason: string): void {
    this.#releases.delete(container);
    if (this.#gone.has(container)) return;
    this.#gone.add(container);
    this.#places = this.#places.filter((place) => place.container !== container);
    this.#log.warn('a worker ended', { worker: container, reason });
    this.#workers.get(container)?.close();
    this.#workers.delete(container);
  }

  /** Once per container: grants are repeated in every answer, also that of a place that is gone. */
  #giveBack(container: string): void {
    if (this.#gone.has(container)) return;
    this.#gone.add(container);
    this.#places = this.#places.filter((place) => place.container !== container);
    this.#releases.add(container);
    this.#workers.get(container)?.release();
    this.#workers.delete(container);
  }

  #giveUpOnSilent(): void {
    const now = this.#clock.monotonic();
    for (const { container, grantedAt } of this.#places) {
      if (container === undefined || this.#workers.has(container) || now - grantedAt < CONNECT_TIMEOUT_MS) continue;
      this.#log.warn('a granted worker did not connect in time', { worker: container, waitedMs: CONNECT_TIMEOUT_MS });
      this.#giveBack(container);
      this.#settle();
    }
  }
}

function sameResource(a: Resource, b: Resource): boolean {
  return a.vcores === b.vcores && a.memoryMb === b.memoryMb;
}
