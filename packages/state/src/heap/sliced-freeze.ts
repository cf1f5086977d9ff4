import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StateKey, StateValue } from '@millrace/contracts';
import { ValueWriter } from '../segment/value-codec.ts';
import type { FrozenGroup } from './heap-values-state.ts';
import { keyGroupOfKey } from './state-keys.ts';

/** A remembered value. */
export interface Held {
  value: StateValue;
  /** The newest freeze that has it written out, or does not want it. */
  frozen: number;
  /** Entries are told in this order. */
  readonly ordinal: number;
}

/** The task works on after so long. */
const SLICE_MS = 3;
/** Looking at the clock costs as much as a small entry. */
const ENTRIES_PER_LOOK = 16;

/**
 * The entries of a map as they were at one moment, written out in slices between the calls of the operator that goes on changing them. Whoever
 * is about to hand out a value that was not written yet has it written first (`keep`): copy on write, where the copy is the encoding.
 */
export class SlicedFreeze {
  readonly number: number;
  readonly #entries: IterableIterator<[StateKey, Held]>;
  readonly #groups = new Map<number, GroupEntries>();

  /** Entries that are added later have `frozen` of at least `number`. */
  constructor(number: number, entries: IterableIterator<[StateKey, Held]>) {
    this.number = number;
    this.#entries = entries;
  }

  /** Before the value is given out, replaced or deleted. */
  keep(key: StateKey, held: Held): void {
    if (held.frozen >= this.number) return;
    held.frozen = this.number;
    const group = keyGroupOfKey(key);
    const known = this.#groups.get(group) ?? new GroupEntries();
    this.#groups.set(group, known);
    known.add(key, held);
  }

  /** All that is left, at once: the task stands still. */
  finish(): readonly FrozenGroup[] {
    for (const [key, held] of this.#entries) this.keep(key, held);
    return [...this.#groups].map(([keyGroup, entries]) => entries.finish(keyGroup));
  }

  async run(): Promise<readonly FrozenGroup[]> {
    while (this.#slice()) await nextTurn();
    return this.finish();
  }

  /** Whether there may be more. */
  #slice(): boolean {
    const end = performance.now() + SLICE_MS;
    do {
      for (let at = 0; at < ENTRIES_PER_LOOK; at++) {
        const { done, value } = this.#entries.next();
        if (done === true) return false;
        this.keep(value[0], value[1]);
      }
    } while (performance.now() < end);
    return true;
  }
}

/** Written in the order in which they were needed, given out in their own. */
class GroupEntries {
  readonly #out = new ValueWriter();
  readonly #ends: number[] = [];
  readonly #ordinals: number[] = [];
  #isSorted = true;

  add(key: StateKey, { value, ordinal }: Held): void {
    if (ordinal < (this.#ordinals.at(-1) ?? 0)) this.#isSorted = false;
    this.#out.value(key);
    this.#out.value(value);
    this.#ordinals.push(ordinal);
    this.#ends.push(this.#out.size);
  }

  finish(keyGroup: number): FrozenGroup {
    const bytes = this.#out.finish();
    const entries = this.#ends.length;
    if (this.#isSorted) return { keyGroup, entries, bytes };
    const sorted = new Uint8Array(bytes.length);
    let to = 0;
    for (const at of [...this.#ends.keys()].sort((a, b) => (this.#ordinals[a] ?? 0) - (this.#ordinals[b] ?? 0))) {
      const entry = bytes.subarray(at === 0 ? 0 : this.#ends[at - 1], this.#ends[at]);
      sorted.set(entry, to);
      to += entry.length;
    }
    return { keyGroup, entries, bytes: sorted };
  }
}
