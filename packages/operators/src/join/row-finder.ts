import { type RecordBatch, rowNumbers } from '@millrace/batch';
import type { KeyedRows } from '@millrace/contracts';
import type { Schema } from '@millrace/model';
import { rowHashes } from '../row/row-hashes.ts';

/** Rows read back in one go while the index is made. */
const CHUNK = 4096;

/**
 * Where a row lies that equals a given one: open addressing by the hash of all cells, over rows that are all different. Made from the remembered
 * rows, and not state: a restored operator makes it again.
 */
export class RowFinder {
  readonly #rows: KeyedRows;
  readonly #columns: readonly number[];
  #hashes = new Int32Array(64);
  /** Id + 1; 0 is free. */
  #index = new Int32Array(64);
  #shift = 26;
  #size = 0;

  constructor(rows: KeyedRows, schema: Schema) {
    this.#rows = rows;
    this.#columns = [...schema.fields.keys()];
    const linked = rowNumbers(rows.ids).filter((id) => (rows.slotOf[id] ?? -1) >= 0);
    for (let from = 0; from < linked.length; from += CHUNK) {
      const ids = linked.subarray(from, from + CHUNK);
      const columns = this.#columns.map((column) => rows.gather(column, ids));
      const hashes = rowHashes({ schema, rows: ids.length, columns, selection: undefined });
      for (const [at, id] of ids.entries()) this.put(id, hashes[at] ?? 0);
    }
  }

  /** Before `find`. */
  bind(batch: RecordBatch): void {
    this.#rows.bind(batch, this.#columns);
  }

  put(id: number, hash: number): void {
    if (id >= this.#hashes.length) {
      const larger = new Int32Array(Math.max(id + 1, this.#hashes.length * 2));
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[id] = hash;
    if (++this.#size * 2 > this.#index.length) this.#grow();
    this.#place(id);
  }

  /** The id of the row that equals row `number` of the bound batch; -1 when there is none. */
  find(number: number, hash: number): number {
    const mask = this.#index.length - 1;
    for (let at = this.#home(hash); this.#index[at] !== 0; at = (at + 1) & mask) {
      const id = (this.#index[at] ?? 0) - 1;
      if (this.#hashes[id] === hash && this.#rows.equals(id, number)) return id;
    }
    return -1;
  }

  /** Closes the gap in the run of probes (Knuth, TAOCP 3, 6.4, algorithm R). */
  remove(id: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let gap = this.#home(this.#hashes[id] ?? 0);
    while (index[gap] !== id + 1) {
      if (index[gap] === 0) throw new Error(`row ${id} is not in the index`);
      gap = (gap + 1) & mask;
    }
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const held = index[at] ?? 0;
      const home = this.#home(this.#hashes[held - 1] ?? 0);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      index[gap] = held;
      gap = at;
    }
    index[gap] = 0;
    this.#size--;
  }

  #home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }

  #place(id: number): void {
    const mask = this.#index.length - 1;
    let at = this.#home(this.#hashes[id] ?? 0);
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = id + 1;
  }

  #grow(): void {
    const old = this.#index;
    this.#index = new Int32Array(old.length * 2);
    this.#shift--;
    for (const held of old) if (held !== 0) this.#place(held - 1);
  }
}
