import { type Principal, userOf } from '../security/principal.ts';
import type { ClientQuotas } from './client-quotas.ts';
import type { AppliedQuota, QuotaKey } from './quota-entity.ts';
import { burstOf, Rate, type RateWindows } from './rate.ts';

/** Rates remembered; beyond it the one that was used longest ago starts anew. */
const METERS_MAX = 10_000;
/** Client ids that differ only after so many characters share their limits. */
const CLIENT_ID_LENGTH_MAX = 255;

/** Measures what clients with a limit spend, and says for how long they have spent too much. */
export class Meters {
  private readonly quotas: ClientQuotas;
  private readonly windows: RateWindows;
  private readonly now: () => number;
  /** The one that was used last is last. */
  private readonly rates = new Map<string, Rate>();

  constructor(quotas: ClientQuotas, windows: RateWindows, now: () => number) {
    this.quotas = quotas;
    this.windows = windows;
    this.now = now;
  }

  /** The limit of a client and what has been spent of it; undefined when there is no limit. */
  of(key: QuotaKey, principal: Principal, clientId: string): Meter | undefined {
    const quota = this.quotas.find(userOf(principal), clientId.slice(0, CLIENT_ID_LENGTH_MAX), key);
    return quota === undefined
      ? undefined
      : new Meter(quota, this.rate(`${key} ${quota.sharedBy}`), this.windows, this.now);
  }

  private rate(key: string): Rate {
    const rate = this.rates.get(key) ?? new Rate(this.windows);
    this.rates.delete(key);
    this.rates.set(key, rate);
    const [oldest] = this.rates.keys();
    if (this.rates.size > METERS_MAX && oldest !== undefined) this.rates.delete(oldest);
    return rate;
  }
}

/** One limit at work. */
export class Meter {
  private readonly quota: AppliedQuota;
  private readonly rate: Rate;
  private readonly windows: RateWindows;
  private readonly now: () => number;

  constructor(quota: AppliedQuota, rate: Rate, windows: RateWindows, now: () => number) {
    this.quota = quota;
    this.rate = rate;
    this.windows = windows;
    this.now = now;
  }

  /** The most that fits into an answer without more than a pause, in bytes. */
  get burstBytes(): number {
    return burstOf(this.quota.limit, this.windows);
  }

  /** Spends, and returns for how long the client must rest now. What has been done cannot be refused. */
  spend(bytes: number): number {
    this.rate.record(bytes, this.now());
    return this.rate.excessMs(this.quota.limit, this.now());
  }

  /**
   * Spends when there is enough left, and returns 0; otherwise spends nothing, and returns for how long the client must
   * rest. A sum that is never there, a batch larger than the burst, is given to whoever has spent nothing for so long.
   */
  spendIfPossible(bytes: number): number {
    const nowMs = this.now();
    const spentBefore = this.rate.total(nowMs);
    this.rate.record(bytes, nowMs);
    const restMs = this.rate.excessMs(this.quota.limit, nowMs);
    if (restMs === 0 || spentBefore === 0) return 0;
    this.rate.record(-bytes, nowMs);
    return restMs;
  }
}
