import { type Column, gatherColumn, hashRows, keyGroupOf, type RecordBatch, selectedCount } from '@millrace/batch';
import type { KeyedTable, StateScope, TableDescriptor } from '@millrace/contracts';
import type { MarkShadow } from '../pages/mark-shadow.ts';
import {
  encodeAccumulatorAt,
  encodePageColumn,
  encodePlainAt,
  type PageColumns,
  pageColumns,
} from '../pages/page-columns.ts';
import { Places } from '../pages/places.ts';
import {
  type Accumulator,
  type AccumulatorValues,
  accumulatorBytes,
  appendTo,
  clearAccumulator,
  createAccumulator,
  freezeAccumulator,
  growAccumulator,
  pickAccumulator,
} from './accumulators.ts';
import { BytesKeys } from './bytes-keys.ts';
import { grown } from './growable.ts';
import { IntegerKeys } from './integer-keys.ts';
import { createKeyStore, type KeyStore, type ProbingKeyStore } from './key-store.ts';

/** A copy of one table, taken between two calls of the operator. Rows are slots. */
export interface FrozenTable {
  readonly hashes: Int32Array;
  readonly keys: readonly Column[];
  readonly accumulators: readonly AccumulatorValues[];
}

export type KeyScope = Pick<StateScope, 'operator' | 'subtask' | 'keyGroups' | 'maxParallelism'>;

/**
 * Open addressing with linear probing over an index of slot numbers, at most half full; keys, hashes and
 * accumulators lie densely by slot; slots of released keys are given out again. The place in the index is taken from the upper bits of a
 * multiplicative hash (Knuth, TAOCP 3, 6.4), because the lower bits of the row hash are what decided
 * the key group: within one subtask they are nearly the same for all keys.
 */
export class HashTable implements KeyedTable {
  readonly #scope: KeyScope;
  readonly #keys: readonly KeyStore[];
  /** The only key column, when it is of a kind that probes by itself. */
  readonly #probing: ProbingKeyStore | undefined;
  readonly #accumulators: readonly Accumulator[];
  /** What became of the slots since they were last frozen. */
  readonly places = new Places();
  readonly #isTracked: boolean;
  #size = 0;
  /** Below `size`, last released first. */
  readonly #free: number[] = [];
  #hashes = new Int32Array(16);
  /** Slot + 1; 0 is free. */
  #index = new Int32Array(32);
  #shift = 27;

  constructor(descriptor: TableDescriptor, scope: KeyScope) {
    this.#scope = scope;
    this.#keys = descriptor.keyTypes.map(createKeyStore);
    const [only, ...others] = this.#keys;
    if (others.length === 0 && (only instanceof BytesKeys || only instanceof IntegerKeys)) this.#probing = only;
    this.#accumulators = descriptor.accumulators.map(createAccumulator);
    this.#isTracked = descriptor.accumulators.length > 0 && descriptor.passing !== true;
  }

  get size(): number {
    return this.#size;
  }

  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    const hashes = scratchHashes(batch.rows);
    hashRows(batch, keyColumns, hashes);
    for (const [at, key] of this.#keys.entries()) key.bind(columnAt(batch, keyColumns[at]));
    if (this.#probing?.canProbe === true) this.#probeAll(this.#probing, batch, hashes, slots);
    else this.#findAll(batch, hashes, slots);
    for (const accumulator of this.#accumulators) growAccumulator(accumulator, this.#size);
    if (this.#isTracked) this.places.touch(slots, selectedCount(batch));
  }

  /** As `slotsOf`, with -1 for keys that are not there. */
  findSlots(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    const hashes = scratchHashes(batch.rows);
    hashRows(batch, keyColumns, hashes);
    for (const [at, key] of this.#keys.entries()) key.bind(columnAt(batch, keyColumns[at]));
    const { selection } = batch;
    const count = selectedCount(batch);
    if (this.#probing?.canProbe === true) {
      const table = { index: this.#index, slotHashes: this.#hashes, shift: this.#shift };
      this.#probing.probe({ selection, count, hashes, slots, passesMissing: true, ...table }, 0);
      return;
    }
    for (let at = 0; at < count; at++) {
      const row = selection === undefined ? at : (selection[at] ?? 0);
      slots[at] = this.#find(hashes[row] ?? 0, row);
    }
  }

  clear(slot: number): void {
    this.places.touchOne(slot);
    for (const accumulator of this.#accumulators) clearAccumulator(accumulator, slot);
  }

  touch(slot: number): void {
    this.places.touchOne(slot);
  }

  touchAll(): void {
    this.places.touchAll();
  }

  /** Closes the gap in the run of probes behind the key (Knuth, TAOCP 3, 6.4, algorithm R). */
  release(slot: number): void {
    const mask = this.#index.length - 1;
    let gap = this.#home(slot);
    while (this.#index[gap] !== slot + 1) {
      if (this.#index[gap] === 0 || this.#index[gap] === undefined) throw new Error(`slot ${slot} holds no key`);
      gap = (gap + 1) & mask;
    }
    for (let at = (gap + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const held = this.#index[at] ?? 0;
      if (((at - this.#home(held - 1)) & mask) < ((at - gap) & mask)) continue;
      this.#index[gap] = held;
      gap = at;
    }
    this.#index[gap] = 0;
    for (const key of this.#keys) key.release(slot);
    this.clear(slot);
    this.places.release(slot);
    this.#free.push(slot);
  }

  float64(accumulator: number): Float64Array {
    const held = this.#accumulators[accumulator];
    if (held?.kind !== 'float64') throw new Error(`accumulator ${accumulator} is not float64`);
    return held.values;
  }

  int32(accumulator: number): Int32Array {
    const held = this.#accumulators[accumulator];
    if (held?.kind !== 'int32') throw new Error(`accumulator ${accumulator} is not int32`);
    return held.values;
  }

  object(accumulator: number): unknown[] {
    const held = this.#accumulators[accumulator];
    if (held?.kind !== 'object') throw new Error(`accumulator ${accumulator} is not object`);
    return held.values;
  }

  keyColumns(): readonly Column[] {
    return this.#keys.map((key) => key.copy(this.#size));
  }

  keysAt(slots: Int32Array): readonly Column[] {
    return this.#keys.map((key) => key.pick(slots));
  }

  get sizeBytes(): number {
    let bytes = this.#hashes.byteLength + this.#index.byteLength + this.places.sizeBytes;
    for (const key of this.#keys) bytes += key.sizeBytes;
    for (const accumulator of this.#accumulators) bytes += accumulatorBytes(accumulator);
    return bytes;
  }

  /** What does not change as long as a key has its slot. */
  fixed(slots: Int32Array): PageColumns {
    const keys = this.#keys.map((key) => encodePageColumn(key.pick(slots), slots.length));
    return pageColumns([encodePlainAt(this.#hashes, slots), ...keys]);
  }

  changing(slots: Int32Array): PageColumns {
    return pageColumns(this.#accumulators.map((accumulator) => encodeAccumulatorAt(accumulator, slots)));
  }

  /** Accumulators written without a word to this table are found by comparing. */
  compareWith(shadows: readonly MarkShadow[]): void {
    for (const [at, shadow] of shadows.entries()) shadow.compare(this.#accumulators[at], this.#size, this.places);
  }

  freeze(): FrozenTable {
    const whole = this.#freezeSlots();
    if (this.#free.length === 0) return whole;
    const live = this.#liveSlots();
    return {
      hashes: live.map((slot) => whole.hashes[slot] ?? 0),
      keys: whole.keys.map((key) => gatherColumn(key, live)),
      accumulators: whole.accumulators.map((values) => pickAccumulator(values, live)),
    };
  }

  /** By slot, which row of `freeze` it is; undefined when they are the same. */
  numbering(): Int32Array | undefined {
    if (this.#free.length === 0) return undefined;
    const numbers = new Int32Array(this.#size).fill(-1);
    for (const [row, slot] of this.#liveSlots().entries()) numbers[slot] = row;
    return numbers;
  }

  #freezeSlots(): FrozenTable {
    return {
      hashes: this.#hashes.slice(0, this.#size),
      keys: this.keyColumns(),
      accumulators: this.#accumulators.map((accumulator) => freezeAccumulator(accumulator, this.#size)),
    };
  }

  /** Takes over the given rows of a restored table. Their keys are not here yet: a key is in one snapshot only. */
  restore(frozen: FrozenTable, rows: Int32Array): void {
    for (const [at, accumulator] of this.#accumulators.entries()) {
      const values = frozen.accumulators[at];
      if (values === undefined) growAccumulator(accumulator, this.#size + rows.length);
      else appendTo(accumulator, this.#size, values, rows);
    }
    for (const [at, key] of this.#keys.entries()) {
      const column = frozen.keys[at];
      if (column !== undefined) key.bind(column);
    }
    for (const row of rows) this.#insert(frozen.hashes[row] ?? 0, row);
  }

  #findAll(batch: RecordBatch, hashes: Int32Array, slots: Int32Array): void {
    const { selection } = batch;
    const count = selectedCount(batch);
    for (let at = 0; at < count; at++) {
      const row = selection === undefined ? at : (selection[at] ?? 0);
      slots[at] = this.#slotOf(hashes[row] ?? 0, row);
    }
  }

  /** From new key to new key: in between the store runs through the rows by itself. */
  #probeAll(key: ProbingKeyStore, batch: RecordBatch, hashes: Int32Array, slots: Int32Array): void {
    const { selection } = batch;
    const count = selectedCount(batch);
    const table = { index: this.#index, slotHashes: this.#hashes, shift: this.#shift };
    const probing = { selection, count, hashes, slots, passesMissing: false, ...table };
    for (let at = 0; ; at++) {
      at = key.probe(probing, at);
      if (at >= count) return;
      const row = selection === undefined ? at : (selection[at] ?? 0);
      slots[at] = this.#insert(hashes[row] ?? 0, row);
      probing.index = this.#index;
      probing.slotHashes = this.#hashes;
      probing.shift = this.#shift;
    }
  }

  #liveSlots(): Int32Array {
    const isFree = new Uint8Array(this.#size);
    for (const slot of this.#free) isFree[slot] = 1;
    return Int32Array.from({ length: this.#size }, (_, slot) => slot).filter((slot) => isFree[slot] === 0);
  }

  #slotOf(hash: number, row: number): number {
    const slot = this.#find(hash, row);
    return slot < 0 ? this.#insert(hash, row) : slot;
  }

  /** -1 for a key that is not there. */
  #find(hash: number, row: number): number {
    const mask = this.#index.length - 1;
    let at = Math.imul(hash, 0x9e3779b1) >>> this.#shift;
    for (;;) {
      const slot = (this.#index[at] ?? 0) - 1;
      if (slot < 0) return -1;
      if (this.#hashes[slot] === hash && this.#equals(slot, row)) return slot;
      at = (at + 1) & mask;
    }
  }

  #equals(slot: number, row: number): boolean {
    for (const key of this.#keys) if (!key.equals(slot, row)) return false;
    return true;
  }

  #insert(hash: number, row: number): number {
    const { first, last } = this.#scope.keyGroups;
    const group = keyGroupOf(hash, this.#scope.maxParallelism);
    if (group < first || group > last) {
      // A key that lies elsewhere after the next restart would be counted twice: routing and state disagree.
      throw new Error(
        `operator ${this.#scope.operator}, subtask ${this.#scope.subtask} owns key groups ${first} to ${last}, got a key of group ${group}`,
      );
    }
    const slot = this.#free.pop() ?? this.#size++;
    this.#hashes = grown(this.#hashes, this.#size);
    this.#hashes[slot] = hash;
    this.places.grow(this.#size);
    this.places.put(slot);
    for (const key of this.#keys) key.put(slot, row);
    if (this.#size * 2 > this.#index.length) this.#reindex();
    else this.#place(slot);
    return slot;
  }

  #place(slot: number): void {
    const mask = this.#index.length - 1;
    let at = this.#home(slot);
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = slot + 1;
  }

  #home(slot: number): number {
    return Math.imul(this.#hashes[slot] ?? 0, 0x9e3779b1) >>> this.#shift;
  }

  #reindex(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    this.#shift--;
    for (let slot = 0; slot < this.#size; slot++) this.#place(slot);
  }
}

let scratch = new Int32Array(4096);

/** Calls never overlap within one thread, so all tables share one scratch array. */
function scratchHashes(rows: number): Int32Array {
  scratch = grown(scratch, rows);
  return scratch;
}

function columnAt(batch: RecordBatch, index: number | undefined): Column {
  const column = index === undefined ? undefined : batch.columns[index];
  if (column === undefined) throw new Error(`the batch has no key column ${index}`);
  return column;
}
