import { type BytesColumn, type Column, type Nulls, StringColumn } from '@millrace/batch';
import { StreamError } from '@millrace/model';
import { grown } from '../heap/growable.ts';
import { NullFlags } from '../heap/null-flags.ts';
import { type Cells, unexpected } from './cells.ts';

type Slices = Pick<BytesColumn, 'bytes' | 'starts' | 'ends'>;
const NOTHING: Slices = { bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0) };
/** Places in the arena are 32-bit. */
const ARENA_BYTES_MAX = 2 ** 31 - 1;
/** Up to this many bytes a loop is faster than a call of `set`. */
const SHORT_BYTES = 48;

/**
 * STRING (as UTF-8) and BYTES in one arena; row i is `arena[starts[i] .. ends[i])`. Bytes once written are never changed, so `gather` gives
 * slices of the arena itself; what is no longer held is squeezed out, into another arena, when it is more than half.
 */
export class BytesCells implements Cells {
  readonly #kind: 'string' | 'bytes';
  readonly #nulls = new NullFlags();
  #size = 0;
  #arena = new Uint8Array(64);
  #used = 0;
  #wasted = 0;
  #starts = new Int32Array(16);
  #ends = new Int32Array(16);
  #input = NOTHING;
  #inputNulls: Nulls;

  constructor(kind: 'string' | 'bytes') {
    this.#kind = kind;
  }

  bind(column: Column): void {
    if (column.kind !== this.#kind) throw unexpected(column.kind, this.#kind);
    this.#inputNulls = column.nulls;
    this.#input = column.kind === 'string' ? column.utf8() : column.kind === 'bytes' ? column : NOTHING;
  }

  put(numbers: Int32Array, ids: Int32Array, size: number): void {
    this.#starts = grown(this.#starts, size);
    this.#ends = grown(this.#ends, size);
    this.#size = Math.max(this.#size, size);
    this.#room(this.#bytesOf(numbers));
    const { bytes, starts, ends } = this.#input;
    const arena = this.#arena;
    let used = this.#used;
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      const id = ids[at] ?? 0;
      this.#wasted += (this.#ends[id] ?? 0) - (this.#starts[id] ?? 0);
      this.#starts[id] = used;
      if (this.#inputNulls?.[number] !== 1) {
        const from = starts[number] ?? 0;
        const to = ends[number] ?? 0;
        if (to - from > SHORT_BYTES) arena.set(bytes.subarray(from, to), used);
        else for (let index = from, next = used; index < to; index++) arena[next++] = bytes[index] ?? 0;
        used += to - from;
      }
      this.#ends[id] = used;
    }
    this.#used = used;
    this.#nulls.put(this.#inputNulls, numbers, ids);
  }

  release(id: number): void {
    this.#wasted += (this.#ends[id] ?? 0) - (this.#starts[id] ?? 0);
    this.#starts[id] = 0;
    this.#ends[id] = 0;
  }

  gather(ids: Int32Array): Column {
    const starts = new Int32Array(ids.length);
    const ends = new Int32Array(ids.length);
    let missing = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] ?? 0;
      missing |= id;
      if (id < 0) continue;
      starts[at] = this.#starts[id] ?? 0;
      ends[at] = this.#ends[id] ?? 0;
    }
    return this.#columnOf({ bytes: this.#arena, starts, ends }, ids.length, this.#nulls.gather(ids, missing < 0));
  }

  equals(id: number, number: number): boolean {
    const isNull = this.#inputNulls?.[number] === 1;
    if (isNull || this.#nulls.at(id)) return isNull && this.#nulls.at(id);
    const { starts, ends } = this.#input;
    const length = (ends[number] ?? 0) - (starts[number] ?? 0);
    return (this.#ends[id] ?? 0) - (this.#starts[id] ?? 0) === length && this.compare(id, number) === 0;
  }

  /** UTF-8 compares byte by byte as its characters do. */
  compare(id: number, number: number): number {
    const { bytes, starts, ends } = this.#input;
    const arena = this.#arena;
    const held = this.#starts[id] ?? 0;
    const given = starts[number] ?? 0;
    const heldLength = (this.#ends[id] ?? 0) - held;
    const givenLength = (ends[number] ?? 0) - given;
    const length = Math.min(heldLength, givenLength);
    for (let at = 0; at < length; at++) {
      const difference = (arena[held + at] ?? 0) - (bytes[given + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return heldLength - givenLength;
  }

  isNull(id: number): boolean {
    return this.#nulls.at(id);
  }

  same(a: number, b: number): boolean {
    if (this.#nulls.at(a) || this.#nulls.at(b)) return this.#nulls.at(a) && this.#nulls.at(b);
    const [start, other] = [this.#starts[a] ?? 0, this.#starts[b] ?? 0];
    const length = (this.#ends[a] ?? 0) - start;
    if ((this.#ends[b] ?? 0) - other !== length) return false;
    const arena = this.#arena;
    for (let at = 0; at < length; at++) if (arena[start + at] !== arena[other + at]) return false;
    return true;
  }

  copy(size: number): Column {
    const bytes = this.#arena.slice(0, this.#used);
    const starts = this.#starts.slice(0, size);
    return this.#columnOf({ bytes, starts, ends: this.#ends.slice(0, size) }, size, this.#nulls.copy(size));
  }

  get sizeBytes(): number {
    return this.#arena.byteLength + this.#starts.byteLength + this.#ends.byteLength + this.#nulls.sizeBytes;
  }

  #bytesOf(numbers: Int32Array): number {
    const { starts, ends } = this.#input;
    let bytes = 0;
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      if (this.#inputNulls?.[number] !== 1) bytes += (ends[number] ?? 0) - (starts[number] ?? 0);
    }
    return bytes;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#arena.length) return;
    if (this.#wasted * 2 > this.#used) this.#squeeze(bytes);
    const needed = this.#used + bytes;
    if (needed <= this.#arena.length) return;
    if (needed > ARENA_BYTES_MAX) {
      throw new StreamError(
        'state.too-large',
        'A column of remembered rows holds more than 2 GB in one subtask. Raise the parallelism, or set a time to live for the state.',
        { domain: 'user', retry: 'never' },
      );
    }
    const larger = new Uint8Array(Math.min(ARENA_BYTES_MAX, Math.max(needed, this.#arena.length * 2)));
    larger.set(this.#arena.subarray(0, this.#used));
    this.#arena = larger;
  }

  /** Slices that were given out still see the old arena. */
  #squeeze(bytes: number): void {
    const arena = new Uint8Array(Math.max(64, (this.#used - this.#wasted + bytes) * 2));
    let used = 0;
    for (let id = 0; id < this.#size; id++) {
      const held = this.#arena.subarray(this.#starts[id] ?? 0, this.#ends[id] ?? 0);
      arena.set(held, used);
      this.#starts[id] = used;
      used += held.length;
      this.#ends[id] = used;
    }
    this.#arena = arena;
    this.#used = used;
    this.#wasted = 0;
  }

  #columnOf({ bytes, starts, ends }: Slices, rows: number, nulls: Nulls): Column {
    if (this.#kind === 'string') return StringColumn.fromUtf8(bytes, starts, ends, rows, nulls);
    return { kind: 'bytes', bytes, starts, ends, nulls };
  }
}
