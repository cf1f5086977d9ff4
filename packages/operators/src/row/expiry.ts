import type { OperatorContext, StateKey, TimersDescriptor } from '@millrace/contracts';
import type { Remembering } from '@millrace/plan';

const EXPIRY: TimersDescriptor = { kind: 'timers', name: 'expiry' };

/** The state `Expiry` needs: none when nothing is ever forgotten. */
export function expiryState(node: Remembering): readonly TimersDescriptor[] {
  return (node.stateTtlMs ?? 0) > 0 ? [EXPIRY] : [];
}

/**
 * Forgets keys that nobody touched for `stateTtlMs` of processing time (Flink's state TTL: written, not read). One timer per key: when it
 * comes it asks when the key was last touched, and is set again if that is not long enough ago.
 */
export class Expiry {
  readonly #ttlMs: number;
  readonly #context: OperatorContext;

  constructor(node: Remembering, context: OperatorContext) {
    this.#ttlMs = node.stateTtlMs ?? 0;
    this.#context = context;
  }

  get isOn(): boolean {
    return this.#ttlMs > 0;
  }

  /** What was touched then no longer counts, whether or not its timer has come. */
  isExpired(touched: number, now: number): boolean {
    return this.#ttlMs > 0 && touched + this.#ttlMs <= now;
  }

  /** For a key that is new, or new again. */
  arm(key: StateKey, touched: number): void {
    if (this.#ttlMs > 0) this.#context.state.timers(EXPIRY.name).set(touched + this.#ttlMs, key);
  }

  /** `expire` forgets what is due of a key and tells when the oldest of the rest was touched; undefined when nothing is left. */
  fire(now: number, expire: (key: StateKey) => number | undefined): void {
    if (this.#ttlMs === 0) return;
    const timers = this.#context.state.timers(EXPIRY.name);
    timers.fire(now, (_time, key) => {
      const touched = expire(key);
      if (touched !== undefined) timers.set(Math.max(touched + this.#ttlMs, now + 1), key);
    });
  }
}
