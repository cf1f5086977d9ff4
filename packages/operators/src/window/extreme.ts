import { type Column, columnKindOf, columnOf, int64ColumnOf, type Nulls, StringColumn } from '@millrace/batch';
import type { KeyedTable } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { unsupported } from '../expression/scope.ts';
import { compareBytes, compareText } from '../function/text.ts';
import type { Accumulation, Placed } from './accumulation.ts';

/** MIN and MAX of everything that can be compared. `sign` is 1 for MAX, -1 for MIN. */
export function extremeAccumulation(name: 'min' | 'max', type: DataType): Accumulation {
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

function numberExtreme(sign: 1 | -1, type: DataType): Accumulation {
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
    result(table, base) {
      const values = table.float64(base).slice(0, table.size);
      const nulls = unseen(table, base);
      const kind = columnKindOf(type);
      if (kind === 'int32') return { kind, values: Int32Array.from(values), nulls };
      if (kind === 'boolean') return { kind, values: Uint8Array.from(values), nulls };
      return { kind: 'float64', values, nulls };
    },
  };
}

function takeNumbers(
  table: KeyedTable,
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
    if (seen[slot] === NOTHING || (sign > 0 ? value > (best[slot] ?? 0) : value < (best[slot] ?? 0))) {
      best[slot] = value;
      seen[slot] = NUMBER;
    }
  }
}

function takeNumber(table: KeyedTable, base: number, slot: number, value: number, sign: 1 | -1): void {
  const best = table.float64(base);
  const seen = table.int32(base + 1);
  if (seen[slot] === NOTHING || (value - (best[slot] ?? 0)) * sign > 0) {
    best[slot] = value;
    seen[slot] = NUMBER;
  }
}

/** BIGINT and DECIMAL: doubles until a wide value comes to a slot, bigint from then on. */
function integerExtreme(sign: 1 | -1): Accumulation {
  return {
    kinds: ['float64', 'int32', 'object'],
    accumulate(table, base, column, placed) {
      if (column?.kind !== 'int64') throw noNumber();
      const seen = table.int32(base + 1);
      const { rows, slots, count } = placed;
      if (column.wide === undefined && !seen.includes(WIDE)) {
        takeNumbers(table, base, column.values, placed, sign);
        return;
      }
      for (let at = 0; at < count; at++) {
        const row = rows[at] ?? 0;
        takeInteger(table, base, slots[at] ?? 0, column.wide?.[row] ?? BigInt(column.values[row] ?? 0), sign);
      }
    },
    merge(from, to, base, slots) {
      const seen = from.int32(base + 1);
      for (let at = 0; at < from.size; at++) {
        if (seen[at] !== NOTHING) takeInteger(to, base, slots[at] ?? 0, integerAt(from, base, at), sign);
      }
    },
    result(table, base) {
      const integers = Array.from({ length: table.size }, (_, slot) => integerAt(table, base, slot));
      return int64ColumnOf(integers, unseen(table, base));
    },
  };
}

function integerAt(table: KeyedTable, base: number, slot: number): bigint {
  if (table.int32(base + 1)[slot] !== WIDE) return BigInt(table.float64(base)[slot] ?? 0);
  const wide = table.object(base + 2)[slot];
  return typeof wide === 'bigint' ? wide : 0n;
}

function takeInteger(table: KeyedTable, base: number, slot: number, value: bigint, sign: 1 | -1): void {
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
): Accumulation {
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
    result(table, base) {
      const values = Array.from({ length: table.size }, (_, slot) => table.object(base)[slot]);
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

function unseen(table: KeyedTable, base: number): Nulls {
  const seen = table.int32(base + 1).subarray(0, table.size);
  return seen.includes(NOTHING) ? Uint8Array.from(seen, (flag) => (flag === NOTHING ? 1 : 0)) : undefined;
}

function noNumber(): Error {
  return new Error('the argument of MIN or MAX has another kind than the plan says');
}
