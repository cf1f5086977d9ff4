import { type BytesColumn, type Column, StringColumn } from '@millrace/batch';
import { grown } from './growable.ts';
import type { KeyStore } from './key-store.ts';
import { NullFlags } from './null-flags.ts';

const NOTHING = { bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0) };

/** STRING (as UTF-8) and BYTES keys in one arena; slot i is `arena[ends[i - 1] .. ends[i])`. */
export class BytesKeys implements KeyStore {
  readonly #kind: 'string' | 'bytes';
  readonly #nulls = new NullFlags();
  #size = 0;
  #arena = new Uint8Array(64);
  /** `#offsets[i]` is where slot i starts; one more than there are slots. */
  #offsets = new Int32Array(17);
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
    const held = this.#offsets[slot] ?? 0;
    const length = (ends[row] ?? 0) - from;
    if ((this.#offsets[slot + 1] ?? 0) - held !== length) return false;
    for (let at = 0; at < length; at++) if (arena[held + at] !== bytes[from + at]) return false;
    return true;
  }

  append(row: number): void {
    const slot = this.#size++;
    this.#offsets = grown(this.#offsets, this.#size + 1);
    const start = this.#offsets[slot] ?? 0;
    this.#offsets[slot + 1] = start;
    if (this.#inputNulls?.[row] === 1) {
      this.#nulls.set(slot);
      return;
    }
    const { bytes, starts, ends } = this.#input;
    const slice = bytes.subarray(starts[row] ?? 0, ends[row] ?? 0);
    this.#arena = grown(this.#arena, start + slice.length);
    this.#arena.set(slice, start);
    this.#offsets[slot + 1] = start + slice.length;
  }

  copy(size: number): Column {
    const bytes = this.#arena.slice(0, this.#offsets[size] ?? 0);
    const starts = this.#offsets.slice(0, size);
    const ends = this.#offsets.slice(1, size + 1);
    const nulls = this.#nulls.copy(size);
    if (this.#kind === 'string') return StringColumn.fromUtf8(bytes, starts, ends, size, nulls);
    return { kind: 'bytes', bytes, starts, ends, nulls };
  }

  get sizeBytes(): number {
    return this.#arena.byteLength + this.#offsets.byteLength + this.#nulls.sizeBytes;
  }
}
