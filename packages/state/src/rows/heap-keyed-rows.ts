import type { Column, RecordBatch } from '@millrace/batch';
import { selectedCount } from '@millrace/batch';
import type { KeyedRows, RowsDescriptor } from '@millrace/contracts';
import {
  type Accumulator,
  type AccumulatorValues,
  accumulatorBytes,
  appendTo,
  clearAccumulator,
  createAccumulator,
  freezeAccumulator,
  growAccumulator,
} from '../heap/accumulators.ts';
import { grown } from '../heap/growable.ts';
import { type FrozenTable, HashTable, type KeyScope } from '../heap/hash-table.ts';
import { MarkShadow } from '../pages/mark-shadow.ts';
import type { PagedTable } from '../pages/page-codec.ts';
import { encodeAccumulatorAt, encodePageColumn, encodePlainAt, pageColumns } from '../pages/page-columns.ts';
import { Places } from '../pages/places.ts';
import type { Cells } from './cells.ts';
import { createCells } from './create-cells.ts';
import { RowLists } from './row-lists.ts';

/** A copy of one namespace, taken between two calls of the operator. */
export interface FrozenRows {
  readonly keys: FrozenTable;
  /** By id, which row of `keys` it belongs to; below 0 for ids that are not linked. */
  readonly keyOf: Int32Array;
  /** The linked ids, keys together, in the order of their lists; undefined where no order is to be kept. */
  readonly order: Int32Array | undefined;
  readonly columns: readonly Column[];
  readonly marks: readonly AccumulatorValues[];
}

/** Keys in a hash table, rows in columns by id, and per key a list of ids. */
export class HeapKeyedRows implements KeyedRows {
  readonly #descriptor: RowsDescriptor;
  readonly #table: HashTable;
  readonly #cells: readonly Cells[];
  readonly #marks: readonly Accumulator[];
  readonly #lists = new RowLists();
  readonly #free: number[] = [];
  #bound: readonly Cells[] = [];
  /** All columns of this batch are bound. */
  #boundBatch: RecordBatch | undefined;
  /** What became of the ids since they were last frozen. */
  readonly places = new Places();
  readonly #keyShadows: readonly MarkShadow[];
  readonly #rowShadows: readonly MarkShadow[];
  #ids = 0;
  #size = 0;
  #slotOf = new Int32Array(16).fill(-1);
  /** Of each row in its list, by id; kept only where the order is any. */
  #placeOf = new Int32Array(16);

  constructor(descriptor: RowsDescriptor, scope: KeyScope) {
    this.#descriptor = descriptor;
    const { name, keyTypes, keyMarks, rowTypes, rowMarks } = descriptor;
    this.#table = new HashTable({ kind: 'table', name, keyTypes, accumulators: keyMarks }, scope);
    this.#cells = rowTypes.map(createCells);
    this.#marks = rowMarks.map(createAccumulator);
    this.#keyShadows = keyMarks.map(() => new MarkShadow());
    this.#rowShadows = rowMarks.map(() => new MarkShadow());
  }

  slotsOf(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    this.#table.slotsOf(batch, keyColumns, slots);
    const count = selectedCount(batch);
    for (let at = 0; at < count; at++) this.#lists.open(slots[at] ?? 0);
  }

  findSlots(batch: RecordBatch, keyColumns: readonly number[], slots: Int32Array): void {
    this.#table.findSlots(batch, keyColumns, slots);
  }

  dropEmpty(slots: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) {
      const slot = slots[at] ?? -1;
      if (slot < 0 || this.#lists.counts[slot] !== 0) continue;
      this.#lists.close(slot);
      this.#table.release(slot);
    }
  }

  get slots(): number {
    return this.#table.size;
  }

  get size(): number {
    return this.#size;
  }

  get ids(): number {
    return this.#ids;
  }

  get lists(): Int32Array {
    return this.#lists.lists;
  }

  get starts(): Int32Array {
    return this.#lists.starts;
  }

  get counts(): Int32Array {
    return this.#lists.counts;
  }

  get slotOf(): Int32Array {
    return this.#slotOf;
  }

  add(batch: RecordBatch, numbers: Int32Array, ids: Int32Array): void {
    const count = numbers.length;
    for (let at = 0; at < count; at++) ids[at] = this.#free.pop() ?? this.#ids++;
    this.places.grow(this.#ids);
    for (let at = 0; at < count; at++) this.places.store(ids[at] ?? 0);
    const before = this.#slotOf.length;
    this.#slotOf = grown(this.#slotOf, this.#ids);
    if (this.#slotOf.length > before) this.#slotOf.fill(-1, before);
    this.#put(batch, numbers, count === ids.length ? ids : ids.subarray(0, count));
    for (const mark of this.#marks) growAccumulator(mark, this.#ids);
  }

  link(slot: number, id: number): void {
    if (id >= this.#placeOf.length) this.#placeOf = grown(this.#placeOf, this.#ids);
    this.#placeOf[id] = this.#lists.push(slot, id);
    this.#slotOf[id] = slot;
    this.places.link(id);
    this.#size++;
  }

  unlink(id: number): void {
    const slot = this.#slotOf[id] ?? -1;
    const place = this.#placeOf[id] ?? 0;
    this.#placeOf[this.#lists.fill(slot, place)] = place;
    this.#slotOf[id] = -1;
    this.places.release(id);
    this.#size--;
  }

  linkAt(slot: number, place: number, id: number): void {
    this.#lists.insert(slot, place, id);
    this.#slotOf[id] = slot;
    this.places.link(id);
    this.#table.places.touchOne(slot);
    this.#size++;
  }

  unlinkAt(slot: number, place: number): number {
    const id = this.#lists.remove(slot, place);
    this.#slotOf[id] = -1;
    this.places.release(id);
    this.#table.places.touchOne(slot);
    this.#size--;
    return id;
  }

  free(id: number): void {
    for (const cells of this.#cells) cells.release(id);
    for (const mark of this.#marks) clearAccumulator(mark, id);
    this.#free.push(id);
  }

  gather(column: number, ids: Int32Array): Column {
    return this.#cellsAt(column).gather(ids);
  }

  bind(batch: RecordBatch, columns: readonly number[]): void {
    if (batch !== this.#boundBatch) this.#boundBatch = undefined;
    this.#bound = columns.map((column) => {
      const cells = this.#cellsAt(column);
      cells.bind(columnAt(batch, column));
      return cells;
    });
  }

  equals(id: number, number: number): boolean {
    const bound = this.#bound;
    for (let at = 0; at < bound.length; at++) if (bound[at]?.equals(id, number) === false) return false;
    return true;
  }

  compare(column: number, id: number, number: number): number {
    return this.#cellsAt(column).compare(id, number);
  }

  isNull(column: number, id: number): boolean {
    return this.#cellsAt(column).isNull(id);
  }

  same(a: number, b: number): boolean {
    for (const cells of this.#cells) if (!cells.same(a, b)) return false;
    return true;
  }

  keyFloat64(mark: number): Float64Array {
    return this.#table.float64(mark);
  }

  rowFloat64(mark: number): Float64Array {
    const held = this.#marks[mark];
    if (held?.kind !== 'float64') throw new Error(`mark ${mark} is not float64`);
    return held.values;
  }

  rowInt32(mark: number): Int32Array {
    const held = this.#marks[mark];
    if (held?.kind !== 'int32') throw new Error(`mark ${mark} is not int32`);
    return held.values;
  }

  get sizeBytes(): number {
    let bytes = this.#table.sizeBytes + this.#lists.sizeBytes + this.#slotOf.byteLength + this.#placeOf.byteLength;
    for (const cells of this.#cells) bytes += cells.sizeBytes;
    for (const mark of this.#marks) bytes += accumulatorBytes(mark);
    for (const shadow of [...this.#keyShadows, ...this.#rowShadows]) bytes += shadow.sizeBytes;
    return bytes + this.places.sizeBytes;
  }

  /** Finds the marks that were written; before the pages are taken. */
  compareMarks(): void {
    this.#table.compareWith(this.#keyShadows);
    for (const [at, shadow] of this.#rowShadows.entries()) shadow.compare(this.#marks[at], this.#ids, this.places);
  }

  /** The keys as pages: their marks and, where an order is given, their lists change. */
  get keyPages(): PagedTable & { readonly places: Places } {
    const table = this.#table;
    return {
      size: table.size,
      places: table.places,
      fixed: (slots) => table.fixed(slots),
      changing: (slots) => {
        const { metas, blocks } = table.changing(slots);
        if (this.#descriptor.order === 'any') return { metas, blocks };
        const lists = encodePageColumn(this.#lists.column(slots), slots.length);
        return { metas: [...metas, lists.meta], blocks: [...blocks, ...lists.blocks] };
      },
    };
  }

  /** The rows as pages, by id: which slot each belongs to and its marks change. */
  get rowPages(): PagedTable & { readonly places: Places } {
    return {
      size: this.#ids,
      places: this.places,
      fixed: (ids) => pageColumns(this.#cells.map((cells) => encodePageColumn(cells.gather(ids), ids.length))),
      changing: (ids) =>
        pageColumns([encodePlainAt(this.#slotOf, ids), ...this.#marks.map((mark) => encodeAccumulatorAt(mark, ids))]),
    };
  }

  freeze(): FrozenRows {
    const numbering = this.#table.numbering();
    const slotOf = this.#slotOf.slice(0, this.#ids);
    const keyOf = numbering === undefined ? slotOf : slotOf.map((slot) => (slot < 0 ? slot : (numbering[slot] ?? -1)));
    return {
      keys: this.#table.freeze(),
      keyOf,
      order: this.#descriptor.order === 'given' ? this.#listed() : undefined,
      columns: this.#cells.map((cells) => cells.copy(this.#ids)),
      marks: this.#marks.map((mark) => freezeAccumulator(mark, this.#ids)),
    };
  }

  /** Takes over the given keys of a stored namespace, and their rows: in `order`, or else as they come, which is that of their lists. */
  restore(frozen: FrozenRows, keys: Int32Array): void {
    const slots = new Int32Array(frozen.keys.hashes.length).fill(-1);
    for (let at = 0; at < keys.length; at++) slots[keys[at] ?? 0] = this.#table.size + at;
    this.#table.restore(frozen.keys, keys);
    for (const row of keys) this.#lists.open(slots[row] ?? 0);
    const order = frozen.order ?? frozen.keyOf.map((_, row) => row);
    const numbers = order.filter((row) => (slots[frozen.keyOf[row] ?? -1] ?? -1) >= 0);
    if (numbers.length === 0) return;
    const ids = numbers.map((_, at) => this.#ids + at);
    for (const [at, mark] of this.#marks.entries()) appendTo(mark, this.#ids, frozen.marks[at] ?? [], numbers);
    const batch = { schema: { fields: [] }, rows: numbers.length, columns: frozen.columns, selection: undefined };
    this.add(batch, numbers, ids);
    for (const [at, id] of ids.entries()) this.#append(slots[frozen.keyOf[numbers[at] ?? 0] ?? 0] ?? 0, id);
  }

  #append(slot: number, id: number): void {
    if (this.#descriptor.order === 'any') this.link(slot, id);
    else this.linkAt(slot, this.#lists.counts[slot] ?? 0, id);
  }

  #listed(): Int32Array {
    const { lists, starts, counts } = this.#lists;
    const ids = new Int32Array(this.#size);
    let size = 0;
    for (let slot = 0; slot < this.#table.size; slot++) {
      const start = starts[slot] ?? 0;
      const count = counts[slot] ?? 0;
      for (let at = 0; at < count; at++) ids[size++] = lists[start + at] ?? 0;
    }
    return ids;
  }

  #put(batch: RecordBatch, numbers: Int32Array, ids: Int32Array): void {
    const isBound = batch === this.#boundBatch;
    this.#boundBatch = batch;
    for (let at = 0; at < this.#cells.length; at++) {
      const cells = this.#cellsAt(at);
      if (!isBound) cells.bind(columnAt(batch, at));
      cells.put(numbers, ids, this.#ids);
    }
  }

  #cellsAt(column: number): Cells {
    const cells = this.#cells[column];
    if (cells === undefined) throw new Error(`rows of "${this.#descriptor.name}" have no column ${column}`);
    return cells;
  }
}

function columnAt(batch: RecordBatch, index: number): Column {
  const column = batch.columns[index];
  if (column === undefined) throw new Error(`the batch has no column ${index}`);
  return column;
}
