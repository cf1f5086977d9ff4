import { setImmediate as nextTurn } from 'node:timers/promises';
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
  /** Since the last freeze. */
  isChanged = false;

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
    this.isChanged = true;
    keys.add(key);
    this.#size++;
  }

  delete(time: number, key: StateKey): void {
    const keys = this.#keys.get(time);
    if (keys?.delete(key) !== true) return;
    this.isChanged = true;
    this.#size--;
    if (keys.size === 0) this.#keys.delete(time);
  }

  fire(upTo: number, visit: (time: number, key: StateKey) => void): void {
    for (let time = this.earliest; time !== undefined && time <= upTo; time = this.earliest) {
      this.#times.pop();
      this.isChanged = true;
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
    return freezeGroups(this.#byGroup(), 2);
  }

  /** The lists are made here and now; they are written out one by one, others run in between. */
  freezeSliced(): () => Promise<readonly FrozenGroup[]> {
    this.isChanged = false;
    const groups = this.#byGroup();
    return async () => {
      const frozen: FrozenGroup[] = [];
      for (const group of groups) {
        frozen.push(...freezeGroups(new Map([group]), 2));
        await nextTurn();
      }
      return frozen;
    };
  }

  restore(group: FrozenGroup): void {
    const held = decodeValues(group.bytes, group.entries * 2);
    for (let at = 0; at < held.length; at += 2) this.set(Number(held[at]), held[at + 1] as StateKey);
  }

  #byGroup(): ReadonlyMap<number, readonly unknown[]> {
    const groups = new Map<number, unknown[]>();
    for (const [time, keys] of this.#keys) for (const key of keys) listOf(groups, keyGroupOfKey(key)).push(time, key);
    return groups;
  }
}
