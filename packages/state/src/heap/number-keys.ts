import type { BooleanColumn, Column, Float64Column, Int32Column, Nulls } from '@millrace/batch';
import { pickedDoubles } from '../segment/picked.ts';
import { grown } from './growable.ts';
import type { KeyStore } from './key-store.ts';
import { NullFlags } from './null-flags.ts';

type NumberColumn = BooleanColumn | Int32Column | Float64Column;

/**
 * BOOLEAN, 32-bit integers and doubles; a double holds all of them exactly. Every NaN is one key and -0
 * is 0, as `hashRows` sees them.
 */
export class NumberKeys implements KeyStore {
  readonly #kind: NumberColumn['kind'];
  readonly #nulls = new NullFlags();
  #values = new Float64Array(16);
  #input: NumberColumn['values'] = new Float64Array(0);
  #inputNulls: Nulls;

  constructor(kind: NumberColumn['kind']) {
    this.#kind = kind;
  }

  bind(column: Column): void {
    if (column.kind !== this.#kind) throw new Error(`key column is ${column.kind}, table holds ${this.#kind}`);
    this.#input = column.values;
    this.#inputNulls = column.nulls;
  }

  equals(slot: number, row: number): boolean {
    const isNull = this.#inputNulls !== undefined && this.#inputNulls[row] === 1;
    if (isNull || this.#nulls.at(slot)) return isNull && this.#nulls.at(slot);
    const held = this.#values[slot] ?? 0;
    const given = this.#input[row] ?? 0;
    return held === given || (Number.isNaN(held) && Number.isNaN(given));
  }

  put(slot: number, row: number): void {
    this.#values = grown(this.#values, slot + 1);
    if (this.#inputNulls?.[row] === 1) this.#nulls.set(slot);
    // -0 + 0 is 0: which of the two zeros came first must not show.
    else this.#values[slot] = (this.#input[row] ?? 0) + 0;
  }

  release(slot: number): void {
    this.#nulls.clear(slot);
  }

  copy(size: number): Column {
    return this.#columnOf(this.#values.slice(0, size), this.#nulls.copy(size));
  }

  pick(slots: Int32Array): Column {
    return this.#columnOf(pickedDoubles(this.#values, slots), this.#nulls.pick(slots));
  }

  get sizeBytes(): number {
    return this.#values.byteLength + this.#nulls.sizeBytes;
  }

  #columnOf(values: Float64Array, nulls: Nulls): Column {
    switch (this.#kind) {
      case 'boolean':
        return { kind: 'boolean', values: Uint8Array.from(values), nulls };
      case 'int32':
        return { kind: 'int32', values: Int32Array.from(values), nulls };
      case 'float64':
        return { kind: 'float64', values, nulls };
    }
  }
}
