import { bigintAt, type Column, type Int64Column, int64ColumnOf } from '@millrace/batch';
import { grown } from '../heap/growable.ts';
import { NullFlags } from '../heap/null-flags.ts';
import { type Cells, unexpected } from './cells.ts';

const NOTHING: Int64Column = { kind: 'int64', values: new Float64Array(0), wide: undefined, nulls: undefined };

/** BIGINT and unscaled DECIMAL: doubles, with NaN for the few that are no safe integers; those lie in a map. */
export class IntegerCells implements Cells {
  readonly #nulls = new NullFlags();
  readonly #wide = new Map<number, bigint>();
  #values = new Float64Array(16);
  #input: Int64Column = NOTHING;

  bind(column: Column): void {
    if (column.kind !== 'int64') throw unexpected(column.kind, 'int64');
    this.#input = column;
  }

  put(numbers: Int32Array, ids: Int32Array, size: number): void {
    this.#values = grown(this.#values, size);
    const values = this.#values;
    const input = this.#input.values;
    if (this.#wide.size > 0) for (const id of ids) this.#wide.delete(id);
    if (this.#input.wide !== undefined) this.#putWide(numbers, ids);
    else for (let at = 0; at < numbers.length; at++) values[ids[at] ?? 0] = input[numbers[at] ?? 0] ?? 0;
    this.#nulls.put(this.#input.nulls, numbers, ids);
  }

  release(id: number): void {
    if (this.#wide.size > 0) this.#wide.delete(id);
  }

  gather(ids: Int32Array): Column {
    const values = new Float64Array(ids.length);
    const held = this.#values;
    let missing = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] ?? 0;
      missing |= id;
      if (id >= 0) values[at] = held[id] ?? 0;
    }
    const nulls = this.#nulls.gather(ids, missing < 0);
    if (this.#wide.size > 0 && values.some(Number.isNaN)) {
      return int64ColumnOf(
        Array.from(ids, (id, at) => (nulls?.[at] === 1 ? 0n : this.#bigintOf(id))),
        nulls,
      );
    }
    return { kind: 'int64', values, wide: undefined, nulls };
  }

  equals(id: number, number: number): boolean {
    const isNull = this.#input.nulls?.[number] === 1;
    if (isNull || this.#nulls.at(id)) return isNull && this.#nulls.at(id);
    return this.compare(id, number) === 0;
  }

  compare(id: number, number: number): number {
    if (this.#input.wide === undefined && this.#wide.size === 0)
      return (this.#values[id] ?? 0) - (this.#input.values[number] ?? 0);
    const held = this.#bigintOf(id);
    const given = bigintAt(this.#input, number);
    if (held === given) return 0;
    return held < given ? -1 : 1;
  }

  isNull(id: number): boolean {
    return this.#nulls.at(id);
  }

  same(a: number, b: number): boolean {
    if (this.#nulls.at(a) || this.#nulls.at(b)) return this.#nulls.at(a) && this.#nulls.at(b);
    return this.#values[a] === this.#values[b] || (this.#wide.size > 0 && this.#bigintOf(a) === this.#bigintOf(b));
  }

  copy(size: number): Column {
    const nulls = this.#nulls.copy(size);
    if (this.#wide.size === 0) return { kind: 'int64', values: this.#values.slice(0, size), wide: undefined, nulls };
    return int64ColumnOf(
      Array.from({ length: size }, (_, id) => this.#bigintOf(id)),
      nulls,
    );
  }

  get sizeBytes(): number {
    return this.#values.byteLength + this.#wide.size * 64 + this.#nulls.sizeBytes;
  }

  #bigintOf(id: number): bigint {
    const value = this.#values[id] ?? 0;
    return Number.isNaN(value) ? (this.#wide.get(id) ?? 0n) : BigInt(value);
  }

  #putWide(numbers: Int32Array, ids: Int32Array): void {
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      const id = ids[at] ?? 0;
      const given = this.#input.nulls?.[number] === 1 ? 0n : bigintAt(this.#input, number);
      const narrow = Number(given);
      const isNarrow = Number.isSafeInteger(narrow);
      this.#values[id] = isNarrow ? narrow : Number.NaN;
      if (!isNarrow) this.#wide.set(id, given);
    }
  }
}
