import type { Barrier } from '@millrace/contracts';

/**
 * Aligned barriers (Carbone et al., Lightweight Asynchronous Snapshots, 2015). From the moment a barrier
 * arrives on one of N channels that channel is blocked: what follows belongs to the next checkpoint and is
 * simply not polled. When the barrier has come on all channels the snapshot is taken and all are free again.
 *
 * Every source injects every barrier that was triggered, in order, finished or not, so channels can only
 * differ in how far they are, never in which barriers they carry.
 */
export class BarrierAligner {
  readonly #blocked: Uint8Array;
  #missing: number;
  #current: Barrier | undefined;

  constructor(channels: number) {
    this.#blocked = new Uint8Array(channels);
    this.#missing = channels;
  }

  /** The channel must not be polled now. */
  isBlocked(channel: number): boolean {
    return this.#blocked[channel] === 1;
  }

  /** The barrier, once it has come on every channel; undefined while some are missing. */
  onBarrier(channel: number, barrier: Barrier): Barrier | undefined {
    if (this.#current !== undefined && this.#current.checkpoint !== barrier.checkpoint) {
      throw new Error(
        `barrier ${barrier.checkpoint} on channel ${channel} while aligning barrier ${this.#current.checkpoint}`,
      );
    }
    if (this.isBlocked(channel)) throw new Error(`channel ${channel} gave an element while it was blocked`);
    this.#current = barrier;
    this.#blocked[channel] = 1;
    this.#missing--;
    if (this.#missing > 0) return undefined;
    this.#blocked.fill(0);
    this.#missing = this.#blocked.length;
    this.#current = undefined;
    return barrier;
  }
}
