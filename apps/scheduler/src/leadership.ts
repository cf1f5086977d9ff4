import type { Log } from '@millrace/contracts';
import {
  assertLeader,
  type Database,
  type Lease,
  type Queryable,
  renewLeadership,
  resignLeadership,
  takeLeadership,
} from '@millrace/database';
import { StreamError } from '@millrace/model';
import { Wake } from './wake.ts';

export interface LeadershipOptions {
  readonly database: Database;
  /** Unique to this process. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly log: Log;
  /** Called after every change, both ways. */
  readonly onChange: (leading: boolean) => void;
}

const ROLE = 'scheduler';

/**
 * Takes and keeps the lease of the role `scheduler` (reconciler notes 3.2 and 3.3). Expiry is the database
 * clock's word; this process measures its own deadline on the monotonic clock, from before the
 * renewing query was sent, so it never believes in a lease longer than the database does.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #wake = new Wake();
  #lease: Lease | undefined;
  #validUntil = 0;
  #since = 0;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get leading(): boolean {
    return this.#lease !== undefined && performance.now() < this.#validUntil;
  }

  get epoch(): bigint | undefined {
    return this.leading ? this.#lease?.epoch : undefined;
  }

  /** How long this process has led without a break, ms. Nothing is expired during the first lease of what expires. */
  get ledForMs(): number {
    return this.leading ? performance.now() - this.#since : 0;
  }

  /** Runs until the signal aborts, then lets the next one in. */
  async run(signal: AbortSignal): Promise<void> {
    const { leaseMs, log } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        log.warn('the lease could not be taken or renewed', { error });
        if (!this.leading) this.#stepDown();
      }
      await this.#wake.wait(leaseMs / 3, signal);
    }
    const lease = this.#lease;
    this.#stepDown();
    if (lease !== undefined) await resignLeadership(this.#options.database.client, lease).catch(() => {});
  }

  /**
   * A transaction of the leader: its first statement checks the lease and holds it until the commit. Throws
   * `leader.stale` and writes nothing when somebody else leads.
   */
  async write<T>(work: (transaction: Queryable, lease: Lease) => Promise<T>): Promise<T> {
    const lease = this.#lease;
    if (lease === undefined) throw stale();
    try {
      return await this.#options.database.transaction(async (transaction) => {
        await assertLeader(transaction, lease);
        return work(transaction, lease);
      });
    } catch (error) {
      if (error instanceof StreamError && error.code === 'leader.stale' && this.#lease === lease) this.#stepDown();
      throw error;
    }
  }

  async #step(): Promise<void> {
    const { database, holder, leaseMs, log } = this.#options;
    const before = performance.now();
    if (this.#lease !== undefined) {
      if (await renewLeadership(database.client, this.#lease, leaseMs)) this.#validUntil = before + leaseMs;
      else this.#stepDown();
      return;
    }
    const lease = await takeLeadership(database.client, ROLE, holder, leaseMs);
    if (lease === undefined) return;
    this.#lease = lease;
    this.#validUntil = before + leaseMs;
    this.#since = performance.now();
    log.info('leading', { epoch: lease.epoch });
    this.#options.onChange(true);
  }

  #stepDown(): void {
    if (this.#lease === undefined) return;
    this.#options.log.warn('no longer leading', { epoch: this.#lease.epoch });
    this.#lease = undefined;
    this.#options.onChange(false);
  }
}

function stale(): StreamError {
  return new StreamError('leader.stale', 'This scheduler does not lead.', { domain: 'internal', retry: 'never' });
}
