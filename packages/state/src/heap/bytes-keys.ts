import { type BytesColumn, type Column, StringColumn } from '@millrace/batch';
import { pickedIntegers } from '../segment/picked.ts';
import { grown } from './growable.ts';
import type { Probe, ProbingKeyStore } from './key-store.ts';
import { NullFlags } from './null-flags.ts';

type Slices = Pick<BytesColumn, 'bytes' | 'starts' | 'ends'>;

const NOTHING = { bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0) };

/**
 * STRING (as UTF-8) and BYTES keys in one arena; slot i is `arena[starts[i] .. ends[i])`. What released slots leave behind is squeezed out
 * when it is more than half.
 */
export class BytesKeys implements ProbingKeyStore {
  readonly #kind: 'string' | 'bytes';
  readonly #nulls = new NullFlags();
  #size = 0;
  #arena = new Uint8Array(64);
  #used = 0;
  #wasted = 0;
  #starts = new Int32Array(16);
  #ends = new Int32Array(16);
  #input: Pick<BytesColumn, 'bytes' | 'starts' | 'ends'> = NOTHING;
  #inputNulls: Column['nulls'];

  constructor(kind: 'string' | 'bytes') {
    this.#kind = kind;
  }

  bind(column: Column): void {
    if (column.kind !== this.#kind) throw new Error(`key column is ${column.kind}, table holds ${this.#kind}`);
    this.#inputNulls = column.nulls;
    this.#input = column.kind === 'string' ? column.utf8() : column.kind === 'bytes' ? column : NOTHING;
  }

  equals(slot: number, row: number): boolean {
    const isNull = this.#inputNulls !== undefined && this.#inputNulls[row] === 1;
    if (isNull || this.#nulls.at(slot)) return isNull && this.#nulls.at(slot);
    const { bytes, starts, ends } = this.#input;
    const arena = this.#arena;
    const from = starts[row] ?? 0;
    const held = this.#starts[slot] ?? 0;
    const length = (ends[row] ?? 0) - from;
    if ((this.#ends[slot] ?? 0) - held !== length) return false;
    for (let at = 0; at < length; at++) if (arena[held + at] !== bytes[from + at]) return false;
    return true;
  }

  get canProbe(): boolean {
    return this.#inputNulls === undefined && this.#nulls.isUnused;
  }

  probe({ selection, count, hashes, index, slotHashes, shift, slots, passesMissing }: Probe, from: number): number {
    const mask = index.length - 1;
    const { bytes, starts, ends } = this.#input;
    const arena = this.#arena;
    const heldStarts = this.#starts;
    const heldEnds = this.#ends;
    for (let at = from; at < count; at++) {
      const row = selection === undefined ? at : (selection[at] ?? 0);
      const hash = hashes[row] ?? 0;
      const start = starts[row] ?? 0;
      const length = (ends[row] ?? 0) - start;
      for (let place = Math.imul(hash, 0x9e3779b1) >>> shift; ; place = (place + 1) & mask) {
        const slot = (index[place] ?? 0) - 1;
        if (slot < 0) {
          if (!passesMissing) return at;
          slots[at] = -1;
          break;
        }
        if (slotHashes[slot] !== hash) continue;
        const held = heldStarts[slot] ?? 0;
        if ((heldEnds[slot] ?? 0) - held !== length) continue;
        let same = 0;
        while (same < length && arena[held + same] === bytes[start + same]) same++;
        if (same < length) continue;
        slots[at] = slot;
        break;
      }
    }
    return count;
  }

  put(slot: number, row: number): void {
    this.#size = Math.max(this.#size, slot + 1);
    this.#starts = grown(this.#starts, this.#size);
    this.#ends = grown(this.#ends, this.#size);
    const start = this.#used;
    this.#starts[slot] = start;
    this.#ends[slot] = start;
    if (this.#inputNulls?.[row] === 1) {
      this.#nulls.set(slot);
      return;
    }
    const { bytes, starts, ends } = this.#input;
    const slice = bytes.subarray(starts[row] ?? 0, ends[row] ?? 0);
    this.#arena = grown(this.#arena, start + slice.length);
    this.#arena.set(slice, start);
    this.#used = start + slice.length;
    this.#ends[slot] = this.#used;
  }

  release(slot: number): void {
    this.#nulls.clear(slot);
    this.#wasted += (this.#ends[slot] ?? 0) - (this.#starts[slot] ?? 0);
    this.#starts[slot] = 0;
    this.#ends[slot] = 0;
    if (this.#wasted > 1024 && this.#wasted * 2 > this.#used) this.#squeeze();
  }

  copy(size: number): Column {
    const bytes = this.#arena.slice(0, this.#used);
    const starts = this.#starts.slice(0, size);
    const ends = this.#ends.slice(0, size);
    return this.#columnOf({ bytes, starts, ends }, size, this.#nulls.copy(size));
  }

  /** Slices of the arena itself: bytes once written are never changed. */
  pick(slots: Int32Array): Column {
    const starts = pickedIntegers(this.#starts, slots);
    const ends = pickedIntegers(this.#ends, slots);
    return this.#columnOf({ bytes: this.#arena, starts, ends }, slots.length, this.#nulls.pick(slots));
  }

  get sizeBytes(): number {
    return this.#arena.byteLength + this.#starts.byteLength + this.#ends.byteLength + this.#nulls.sizeBytes;
  }

  #columnOf({ bytes, starts, ends }: Slices, size: number, nulls: Column['nulls']): Column {
    if (this.#kind === 'string') return StringColumn.fromUtf8(bytes, starts, ends, size, nulls);
    return { kind: 'bytes', bytes, starts, ends, nulls };
  }

  #squeeze(): void {
    const arena = new Uint8Array(Math.max(64, (this.#used - this.#wasted) * 2));
    let used = 0;
    for (let slot = 0; slot < this.#size; slot++) {
      const held = this.#arena.subarray(this.#starts[slot] ?? 0, this.#ends[slot] ?? 0);
      arena.set(held, used);
      this.#starts[slot] = used;
      used += held.length;
      this.#ends[slot] = used;
    }
    this.#arena = arena;
    this.#used = used;
    this.#wasted = 0;
  }
}
