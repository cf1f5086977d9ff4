import type { StateKey, TimersDescriptor, TimersState } from '@millrace/contracts';
import { decodeValues } from '../segment/value-codec.ts';
import { type FrozenGroup, freezeGroups, listOf } from './heap-values-state.ts';
import { keyGroupOfKey } from './state-keys.ts';
import { TimeQueue } from './time-queue.ts';

/** Estimate: a key of some 40 characters in a set. */
const TIMER_BYTES = 120;

/** Keys by time, and a queue of the times: many keys wait for the same moment. A time without keys left is skipped when it comes. */
export class HeapTimersState implements TimersState {
  readonly descriptor: TimersDescriptor;
  readonly #keys = new Map<number, Set<StateKey>>();
  readonly #times = new TimeQueue();
  #size = 0;

  constructor(descriptor: TimersDescriptor) {
    this.descriptor = descriptor;
  }

  set(time: number, key: StateKey): void {
    let keys = this.#keys.get(time);
    if (keys === undefined) {
      keys = new Set();
      this.#keys.set(time, keys);
      this.#times.push(time);
    }
    if (keys.has(key)) return;
    keys.add(key);
    this.#size++;
  }

  delete(time: number, key: StateKey): void {
    const keys = this.#keys.get(time);
    if (keys?.delete(key) !== true) return;
    this.#size--;
    if (keys.size === 0) this.#keys.delete(time);
  }

  fire(upTo: number, visit: (time: number, key: StateKey) => void): void {
    for (let time = this.earliest; time !== undefined && time <= upTo; time = this.earliest) {
      this.#times.pop();
      const keys = this.#keys.get(time);
      this.#keys.delete(time);
      this.#size -= keys?.size ?? 0;
      for (const key of keys ?? []) visit(time, key);
    }
  }

  get size(): number {
    return this.#size;
  }

  get earliest(): number | undefined {
    let { first } = this.#times;
    while (first !== undefined && !this.#keys.has(first)) {
      this.#times.pop();
      ({ first } = this.#times);
    }
    return first;
  }

  get sizeBytes(): number {
    return this.#size * TIMER_BYTES;
  }

  clear(): void {
    this.#keys.clear();
    this.#size = 0;
  }

  freeze(): readonly FrozenGroup[] {
    const groups = new Map<number, unknown[]>();
    for (const [time, keys] of this.#keys) for (const key of keys) listOf(groups, keyGroupOfKey(key)).push(time, key);
    return freezeGroups(groups, 2);
  }

  restore(group: FrozenGroup): void {
    const held = decodeValues(group.bytes, group.entries * 2);
    for (let at = 0; at < held.length; at += 2) this.set(Number(held[at]), held[at + 1] as StateKey);
  }
}
