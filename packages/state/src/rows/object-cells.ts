import { type Column, isNullAt, type ObjectColumn } from '@millrace/batch';
import { type Cells, unexpected } from './cells.ts';

const NOTHING: ObjectColumn = { kind: 'object', values: [], nulls: undefined };

/** ARRAY, MAP and ROW, by reference: values of a batch are never changed. */
export class ObjectCells implements Cells {
  readonly #values: unknown[] = [];
  #input = NOTHING;

  bind(column: Column): void {
    if (column.kind !== 'object') throw unexpected(column.kind, 'object');
    this.#input = column;
  }

  put(numbers: Int32Array, ids: Int32Array, size: number): void {
    while (this.#values.length < size) this.#values.push(null);
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      this.#values[ids[at] ?? 0] = isNullAt(this.#input, number) ? null : this.#input.values[number];
    }
  }

  release(id: number): void {
    this.#values[id] = null;
  }

  gather(ids: Int32Array): Column {
    return columnOf(Array.from(ids, (id) => (id < 0 ? null : this.#values[id])));
  }

  equals(id: number, number: number): boolean {
    const given = isNullAt(this.#input, number) ? null : this.#input.values[number];
    return isSame(this.#values[id], given);
  }

  compare(): number {
    throw new Error('ARRAY, MAP and ROW columns have no order');
  }

  isNull(id: number): boolean {
    return this.#values[id] === null;
  }

  same(a: number, b: number): boolean {
    return isSame(this.#values[a], this.#values[b]);
  }

  copy(size: number): Column {
    return columnOf(this.#values.slice(0, size));
  }

  get sizeBytes(): number {
    return this.#values.length * 48;
  }
}

function columnOf(values: readonly unknown[]): Column {
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : undefined;
  return { kind: 'object', values, nulls };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number') return Number.isNaN(a) && typeof b === 'number' && Number.isNaN(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSame(value, b.get(key)));
  return false;
}
