import { type Column, columnKindOf, columnOf, int64ColumnOf, type Nulls, StringColumn } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { unsupported } from '../expression/scope.ts';
import { compareBytes, compareText } from '../function/text.ts';
import type { Accumulators, Mergeable, Placed } from './accumulation.ts';
import { nullsBelow, pick } from './slot-columns.ts';

/** MIN and MAX of everything that can be compared. `sign` is 1 for MAX, -1 for MIN. */
export function extremeAccumulation(name: 'min' | 'max', type: DataType): Mergeable {
  const sign = name === 'max' ? 1 : -1;
  switch (columnKindOf(type)) {
    case 'int64':
      return integerExtreme(sign);
    case 'string':
      return objectExtreme(sign, compareStrings, (values, nulls) => {
        return StringColumn.fromStrings(
          values.map((value) => (typeof value === 'string' ? value : undefined)),
          nulls,
        );
      });
    case 'bytes':
      return objectExtreme(sign, compareSlices, (values, nulls) => {
        const column = columnOf(
          values.map((value) => (value instanceof Uint8Array ? value : null)),
          type,
        );
        return column.kind === 'bytes' ? { ...column, nulls } : column;
      });
    case 'object':
      throw unsupported(name.toUpperCase(), type);
    default:
      return numberExtreme(sign, type);
  }
}

/** What a slot has seen: nothing, doubles only (float64 holds), or a bigint (object holds). */
const NOTHING = 0;
const NUMBER = 1;
const WIDE = 2;

function numberExtreme(sign: 1 | -1, type: DataType): Mergeable {
  return {
    kinds: ['float64', 'int32'],
    accumulate(table, base, column, placed) {
      if (column?.kind !== 'int32' && column?.kind !== 'float64' && column?.kind !== 'boolean') throw noNumber();
      takeNumbers(table, base, column.values, placed, sign);
    },
    merge(from, to, base, slots) {
      const best = from.float64(base);
      const seen = from.int32(base + 1);
      for (let at = 0; at < from.size; at++)
        if (seen[at] !== NOTHING) takeNumber(to, base, slots[at] ?? 0, best[at] ?? 0, sign);
    },
    result(table, base, slots) {
      const values = pick(table.float64(base), slots);
      const nulls = nullsBelow(table.int32(base + 1), slots, NUMBER);
      const kind = columnKindOf(type);
      if (kind === 'int32') return { kind, values: Int32Array.from(values), nulls };
      if (kind === 'boolean') return { kind, values: Uint8Array.from(values), nulls };
      return { kind: 'float64', values, nulls };
    },
  };
}

function takeNumbers(
  table: Accumulators,
  base: number,
  values: Float64Array | Int32Array | Uint8Array,
  { rows, slots, count }: Placed,
  sign: 1 | -1,
): void {
  const best = table.float64(base);
  const seen = table.int32(base + 1);
  for (let at = 0; at < count; at++) {
    const slot = slots[at] ?? 0;
    const value = values[rows[at] ?? 0] ?? 0;
    if (seen[slot] === NOTHING || beats(value, best[slot] ?? 0, sign)) {
      best[slot] = value;
      seen[slot] = NUMBER;
    }
  }
}

/** NaN is above all numbers, in whatever order they come. */
function beats(value: number, best: number, sign: 1 | -1): boolean {
  if (sign > 0) return value > best || Number.isNaN(value);
  return value < best || Number.isNaN(best);
}

function takeNumber(table: Accumulators, base: number, slot: number, value: number, sign: 1 | -1): void {
  const best = table.float64(base);
  const seen = table.int32(base + 1);
  if (seen[slot] === NOTHING || beats(value, best[slot] ?? 0, sign)) {
    best[slot] = value;
    seen[slot] = NUMBER;
  }
}

/** BIGINT and DECIMAL: doubles until a wide value comes to a slot, bigint from then on. */
function integerExtreme(sign: 1 | -1): Mergeable {
  return {
    kinds: ['float64', 'int32', 'object'],
    accumulate(table, base, column, placed) {
      if (column?.kind !== 'int64') throw noNumber();
      const seen = table.int32(base + 1);
      const best = table.float64(base);
      const { values, wide } = column;
      const { rows, slots, count } = placed;
      for (let at = 0; at < count; at++) {
        const row = rows[at] ?? 0;
        const slot = slots[at] ?? 0;
        if (wide !== undefined) takeInteger(table, base, slot, wide[row] ?? 0n, sign);
        else if (seen[slot] === WIDE) takeInteger(table, base, slot, BigInt(values[row] ?? 0), sign);
        else {
          const value = values[row] ?? 0;
          const held = best[slot] ?? 0;
          if (seen[slot] !== NOTHING && (sign > 0 ? value <= held : value >= held)) continue;
          best[slot] = value;
          seen[slot] = NUMBER;
        }
      }
    },
    merge(from, to, base, slots) {
      const seen = from.int32(base + 1);
      for (let at = 0; at < from.size; at++) {
        if (seen[at] !== NOTHING) takeInteger(to, base, slots[at] ?? 0, integerAt(from, base, at), sign);
      }
    },
    result(table, base, slots) {
      const seen = table.int32(base + 1);
      const nulls = nullsBelow(seen, slots, NUMBER);
      if (slots.every((slot) => seen[slot] !== WIDE)) {
        return { kind: 'int64', values: pick(table.float64(base), slots), wide: undefined, nulls };
      }
      return int64ColumnOf(
        Array.from(slots, (slot) => integerAt(table, base, slot)),
        nulls,
      );
    },
  };
}

function integerAt(table: Accumulators, base: number, slot: number): bigint {
  if (table.int32(base + 1)[slot] !== WIDE) return BigInt(table.float64(base)[slot] ?? 0);
  const wide = table.object(base + 2)[slot];
  return typeof wide === 'bigint' ? wide : 0n;
}

function takeInteger(table: Accumulators, base: number, slot: number, value: bigint, sign: 1 | -1): void {
  const seen = table.int32(base + 1);
  const held = integerAt(table, base, slot);
  if (seen[slot] !== NOTHING && (sign > 0 ? value <= held : value >= held)) return;
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    table.float64(base)[slot] = number;
    table.object(base + 2)[slot] = undefined;
    seen[slot] = NUMBER;
  } else {
    table.object(base + 2)[slot] = value;
    seen[slot] = WIDE;
  }
}

function objectExtreme(
  sign: 1 | -1,
  compare: (a: unknown, b: unknown) => number,
  columnFrom: (values: readonly unknown[], nulls: Nulls) => Column,
): Mergeable {
  const take = (best: unknown[], slot: number, value: unknown) => {
    const held = best[slot];
    if (held === undefined || compare(value, held) * sign > 0) best[slot] = value;
  };
  return {
    kinds: ['object'],
    accumulate(table, base, column, { rows, slots, count }) {
      const best = table.object(base);
      for (let at = 0; at < count; at++) {
        const row = rows[at] ?? 0;
        if (column?.kind === 'string') take(best, slots[at] ?? 0, column.get(row));
        // A copy: the slice would keep the whole input buffer.
        else if (column?.kind === 'bytes')
          take(best, slots[at] ?? 0, new Uint8Array(column.bytes.subarray(column.starts[row], column.ends[row])));
      }
    },
    merge(from, to, base, slots) {
      const source = from.object(base);
      const target = to.object(base);
      for (let at = 0; at < from.size; at++) if (source[at] !== undefined) take(target, slots[at] ?? 0, source[at]);
    },
    result(table, base, slots) {
      const values = Array.from(slots, (slot) => table.object(base)[slot]);
      const nulls = values.includes(undefined)
        ? Uint8Array.from(values, (value) => (value === undefined ? 1 : 0))
        : undefined;
      return columnFrom(values, nulls);
    },
  };
}

function compareStrings(a: unknown, b: unknown): number {
  return compareText(String(a), String(b));
}

function compareSlices(a: unknown, b: unknown): number {
  return a instanceof Uint8Array && b instanceof Uint8Array ? compareBytes(a, b) : 0;
}

function noNumber(): Error {
  return new Error('the argument of MIN or MAX has another kind than the plan says');
}
