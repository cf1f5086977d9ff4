import type { BooleanColumn, Column, Float64Column, Int32Column, Nulls } from '@millrace/batch';
import { grown } from '../heap/growable.ts';
import { NullFlags } from '../heap/null-flags.ts';
import { type Cells, unexpected } from './cells.ts';

type NumberColumn = BooleanColumn | Int32Column | Float64Column;

/** BOOLEAN, 32-bit integers and doubles, in an array of their own kind. */
export class NumberCells implements Cells {
  readonly #kind: NumberColumn['kind'];
  readonly #nulls = new NullFlags();
  #values: NumberColumn['values'];
  #input: NumberColumn['values'];
  #inputNulls: Nulls;

  constructor(kind: NumberColumn['kind']) {
    this.#kind = kind;
    this.#values = arrayOf(kind, 16);
    this.#input = this.#values;
  }

  bind(column: Column): void {
    if (column.kind !== this.#kind) throw unexpected(column.kind, this.#kind);
    this.#input = column.values;
    this.#inputNulls = column.nulls;
  }

  put(numbers: Int32Array, ids: Int32Array, size: number): void {
    this.#values = grown(this.#values, size);
    const values = this.#values;
    const input = this.#input;
    for (let at = 0; at < numbers.length; at++) values[ids[at] ?? 0] = input[numbers[at] ?? 0] ?? 0;
    this.#nulls.put(this.#inputNulls, numbers, ids);
  }

  release(): void {}

  gather(ids: Int32Array): Column {
    const values = arrayOf(this.#kind, ids.length);
    const held = this.#values;
    let missing = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] ?? 0;
      missing |= id;
      if (id >= 0) values[at] = held[id] ?? 0;
    }
    return this.#columnOf(values, this.#nulls.gather(ids, missing < 0));
  }

  equals(id: number, number: number): boolean {
    const isNull = this.#inputNulls?.[number] === 1;
    if (isNull || this.#nulls.at(id)) return isNull && this.#nulls.at(id);
    return this.compare(id, number) === 0;
  }

  compare(id: number, number: number): number {
    const held = this.#values[id] ?? 0;
    const given = this.#input[number] ?? 0;
    if (held < given) return -1;
    if (held > given) return 1;
    return held === given ? 0 : Number(Number.isNaN(held)) - Number(Number.isNaN(given));
  }

  isNull(id: number): boolean {
    return this.#nulls.at(id);
  }

  same(a: number, b: number): boolean {
    if (this.#nulls.at(a) || this.#nulls.at(b)) return this.#nulls.at(a) && this.#nulls.at(b);
    const [x, y] = [this.#values[a], this.#values[b]];
    return x === y || (Number.isNaN(x) && Number.isNaN(y));
  }

  copy(size: number): Column {
    return this.#columnOf(this.#values.slice(0, size), this.#nulls.copy(size));
  }

  get sizeBytes(): number {
    return this.#values.byteLength + this.#nulls.sizeBytes;
  }

  #columnOf(values: NumberColumn['values'], nulls: Nulls): Column {
    if (values instanceof Float64Array) return { kind: 'float64', values, nulls };
    return values instanceof Int32Array ? { kind: 'int32', values, nulls } : { kind: 'boolean', values, nulls };
  }
}

function arrayOf(kind: NumberColumn['kind'], length: number): NumberColumn['values'] {
  if (kind === 'float64') return new Float64Array(length);
  return kind === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}
