import { bigintAt, type Column, type Int64Column } from '@millrace/batch';
import { pickedDoubles } from '../segment/picked.ts';
import { grown } from './growable.ts';
import type { Probe, ProbingKeyStore } from './key-store.ts';
import { NullFlags } from './null-flags.ts';

const NOTHING: Int64Column = { kind: 'int64', values: new Float64Array(0), wide: undefined, nulls: undefined };

/**
 * BIGINT and unscaled DECIMAL keys, compared by value whatever form a batch gives them in. Doubles while
 * every key is a safe integer; the first one that is not turns the whole store into bigints.
 */
export class IntegerKeys implements ProbingKeyStore {
  readonly #nulls = new NullFlags();
  #values = new Float64Array(16);
  #wide: bigint[] | undefined;
  #input: Int64Column = NOTHING;

  bind(column: Column): void {
    if (column.kind !== 'int64') throw new Error(`key column is ${column.kind}, table holds int64`);
    this.#input = column;
  }

  equals(slot: number, row: number): boolean {
    const { nulls, values, wide } = this.#input;
    const isNull = nulls !== undefined && nulls[row] === 1;
    if (isNull || this.#nulls.at(slot)) return isNull && this.#nulls.at(slot);
    if (this.#wide !== undefined) return this.#wide[slot] === bigintAt(this.#input, row);
    if (wide === undefined) return this.#values[slot] === values[row];
    // A safe double came from exactly one integer, so this comparison loses no digit.
    const given = Number(wide[row] ?? 0n);
    return this.#values[slot] === given && Number.isSafeInteger(given);
  }

  get canProbe(): boolean {
    return (
      this.#input.nulls === undefined &&
      this.#input.wide === undefined &&
      this.#wide === undefined &&
      this.#nulls.isUnused
    );
  }

  probe({ selection, count, hashes, index, slotHashes, shift, slots, passesMissing }: Probe, from: number): number {
    const mask = index.length - 1;
    const { values } = this.#input;
    const held = this.#values;
    for (let at = from; at < count; at++) {
      const row = selection === undefined ? at : (selection[at] ?? 0);
      const hash = hashes[row] ?? 0;
      const value = values[row];
      for (let place = Math.imul(hash, 0x9e3779b1) >>> shift; ; place = (place + 1) & mask) {
        const slot = (index[place] ?? 0) - 1;
        if (slot < 0) {
          if (!passesMissing) return at;
          slots[at] = -1;
          break;
        }
        if (slotHashes[slot] !== hash || held[slot] !== value) continue;
        slots[at] = slot;
        break;
      }
    }
    return count;
  }

  put(slot: number, row: number): void {
    const isNull = this.#input.nulls?.[row] === 1;
    if (isNull) this.#nulls.set(slot);
    if (this.#wide !== undefined) this.#wide[slot] = isNull ? 0n : bigintAt(this.#input, row);
    else this.#putNarrow(slot, isNull ? 0 : this.#narrowAt(row), row);
  }

  release(slot: number): void {
    this.#nulls.clear(slot);
  }

  copy(size: number): Column {
    const nulls = this.#nulls.copy(size);
    if (this.#wide !== undefined) {
      return { kind: 'int64', values: new Float64Array(0), wide: this.#wide.slice(0, size), nulls };
    }
    return { kind: 'int64', values: this.#values.slice(0, size), wide: undefined, nulls };
  }

  pick(slots: Int32Array): Column {
    const nulls = this.#nulls.pick(slots);
    const wide = this.#wide;
    if (wide !== undefined) {
      return { kind: 'int64', values: new Float64Array(0), wide: Array.from(slots, (slot) => wide[slot] ?? 0n), nulls };
    }
    return { kind: 'int64', values: pickedDoubles(this.#values, slots), wide: undefined, nulls };
  }

  get sizeBytes(): number {
    return this.#values.byteLength + (this.#wide?.length ?? 0) * 24 + this.#nulls.sizeBytes;
  }

  /** NaN stands for "does not fit". */
  #narrowAt(row: number): number {
    const { values, wide } = this.#input;
    if (wide === undefined) return (values[row] ?? 0) + 0;
    const given = Number(wide[row] ?? 0n);
    return Number.isSafeInteger(given) ? given : Number.NaN;
  }

  #putNarrow(slot: number, value: number, row: number): void {
    if (Number.isNaN(value)) {
      this.#wide = Array.from(this.#values, BigInt);
      while (this.#wide.length < slot) this.#wide.push(0n);
      this.#wide[slot] = bigintAt(this.#input, row);
      this.#values = new Float64Array(0);
      return;
    }
    this.#values = grown(this.#values, slot + 1);
    this.#values[slot] = value;
  }
}
