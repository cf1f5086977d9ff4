import type { BytesColumn } from '@millrace/batch';
import { grown } from '../heap/growable.ts';
import { bytesOf } from '../segment/column-codec.ts';

/**
 * Lists of numbers by slot, each in a run of one array. A run holds a power of two; a list that outgrows it moves to a larger one, and the runs
 * left behind are given out again by size.
 */
export class RowLists {
  /** Of the run of a slot, in `lists`. */
  starts = new Int32Array(16);
  /** Below 0: the slot has no list. */
  counts = new Int32Array(16).fill(-1);
  lists = new Int32Array(64);
  /** The power of two that a run holds. */
  #powers = new Uint8Array(16);
  #used = 0;
  readonly #free: number[][] = [];

  /** Gives the slot an empty list, unless it has one. */
  open(slot: number): void {
    if (slot >= this.counts.length) this.#grow(slot + 1);
    if ((this.counts[slot] ?? 0) >= 0) return;
    this.counts[slot] = 0;
    this.#powers[slot] = 0;
    this.starts[slot] = this.#run(0);
  }

  /** Forgets an empty list. */
  close(slot: number): void {
    this.#freeRun(slot);
    this.counts[slot] = -1;
  }

  /** The place of the number, the last. */
  push(slot: number, value: number): number {
    const place = this.#room(slot);
    this.lists[(this.starts[slot] ?? 0) + place] = value;
    this.counts[slot] = place + 1;
    return place;
  }

  insert(slot: number, place: number, value: number): void {
    const count = this.#room(slot);
    const at = (this.starts[slot] ?? 0) + place;
    this.lists.copyWithin(at + 1, at, at + count - place);
    this.lists[at] = value;
    this.counts[slot] = count + 1;
  }

  remove(slot: number, place: number): number {
    const count = this.counts[slot] ?? 0;
    const at = (this.starts[slot] ?? 0) + place;
    const value = this.lists[at] ?? -1;
    this.lists.copyWithin(at, at + 1, at + count - place);
    this.counts[slot] = count - 1;
    return value;
  }

  /** The last number takes the place; it is given back. */
  fill(slot: number, place: number): number {
    const start = this.starts[slot] ?? 0;
    const last = (this.counts[slot] ?? 0) - 1;
    const value = this.lists[start + last] ?? -1;
    this.lists[start + place] = value;
    this.counts[slot] = last;
    return value;
  }

  /** The lists of some slots, as a column of their bytes. */
  column(slots: Int32Array): BytesColumn {
    const starts = new Int32Array(slots.length);
    const ends = new Int32Array(slots.length);
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] ?? 0;
      starts[at] = (this.starts[slot] ?? 0) * 4;
      ends[at] = ((this.starts[slot] ?? 0) + Math.max(0, this.counts[slot] ?? 0)) * 4;
    }
    return { kind: 'bytes', bytes: bytesOf(this.lists), starts, ends, nulls: undefined };
  }

  get sizeBytes(): number {
    return this.lists.byteLength + this.starts.byteLength + this.counts.byteLength + this.#powers.byteLength;
  }

  /** Makes room for one more; how many there are. */
  #room(slot: number): number {
    const count = this.counts[slot] ?? 0;
    const power = this.#powers[slot] ?? 0;
    if (count < 1 << power) return count;
    const start = this.#run(power + 1);
    const old = this.starts[slot] ?? 0;
    this.lists.copyWithin(start, old, old + count);
    this.#freeRun(slot);
    this.starts[slot] = start;
    this.#powers[slot] = power + 1;
    return count;
  }

  #run(power: number): number {
    const free = this.#free[power]?.pop();
    if (free !== undefined) return free;
    const start = this.#used;
    this.#used += 1 << power;
    this.lists = grown(this.lists, this.#used);
    return start;
  }

  #freeRun(slot: number): void {
    const power = this.#powers[slot] ?? 0;
    while (this.#free.length <= power) this.#free.push([]);
    this.#free[power]?.push(this.starts[slot] ?? 0);
  }

  #grow(slots: number): void {
    const old = this.counts.length;
    this.counts = grown(this.counts, slots);
    this.counts.fill(-1, old);
    this.starts = grown(this.starts, slots);
    this.#powers = grown(this.#powers, slots);
  }
}
