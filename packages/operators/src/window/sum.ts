import { type Column, int64ColumnOf, type Nulls } from '@millrace/batch';
import type { KeyedTable } from '@millrace/contracts';
import type { DataType } from '@millrace/model';
import { isExact, isInt32, scaleOf, unsupported } from '../expression/scope.ts';
import { divideWide, power10, rescaleWide } from '../function/decimal.ts';
import type { Accumulation, Placed } from './accumulation.ts';
import { addSafe, addWide, totalOf } from './limbs.ts';

/** SUM and AVG: a count of the values, then their sum; exact for integers and DECIMAL, a double for the others. */
export function sumAccumulation(name: 'sum' | 'avg', argument: DataType, type: DataType): Accumulation {
  if (isExact(argument)) return exactSum(name, argument, type);
  if (argument.kind === 'float' || argument.kind === 'double') return doubleSum(name, type);
  throw unsupported(name.toUpperCase(), argument);
}

/** COUNT of non-NULL values, then limbs. */
function exactSum(name: 'sum' | 'avg', argument: DataType, type: DataType): Accumulation {
  if (!isExact(type)) throw unsupported(name.toUpperCase(), argument, type);
  const limbCount = argument.kind === 'decimal' && argument.precision > 18 ? 3 : 2;
  const limbsOf = (table: KeyedTable, base: number) =>
    Array.from({ length: limbCount }, (_, at) => table.float64(base + 1 + at));
  return {
    kinds: Array.from({ length: limbCount + 1 }, () => 'float64'),
    accumulate(table, base, column, placed) {
      countValues(table.float64(base), placed);
      addValues(limbsOf(table, base), column, placed);
    },
    merge(from, to, base, slots) {
      addAll(from.float64(base), to.float64(base), from.size, slots);
      const source = limbsOf(from, base);
      const target = limbsOf(to, base);
      for (let slot = 0; slot < from.size; slot++) {
        for (const [at, limb] of source.entries()) addSafe(target, at, slots[slot] ?? 0, limb[slot] ?? 0);
      }
    },
    result(table, base) {
      const counts = table.float64(base);
      const limbs = limbsOf(table, base);
      const totals = Array.from({ length: table.size }, (_, slot) => {
        const count = counts[slot] ?? 0;
        if (count === 0) return undefined;
        const total = totalOf(limbs, slot);
        return name === 'sum'
          ? rescaleWide(total, scaleOf(type) - scaleOf(argument))
          : average(total, count, argument, type);
      });
      return exactColumn(totals, type);
    },
  };
}

/** Integers truncate; DECIMAL rounds half up at the scale of the result. */
function average(total: bigint, count: number, argument: DataType, type: DataType): bigint {
  if (type.kind !== 'decimal') return total / (BigInt(count) * power10(scaleOf(argument)));
  const shift = type.scale - scaleOf(argument);
  return shift >= 0
    ? divideWide(total * power10(shift), BigInt(count))
    : divideWide(total, BigInt(count) * power10(-shift));
}

function countValues(counts: Float64Array, { slots, count }: Placed): void {
  for (let at = 0; at < count; at++) {
    const slot = slots[at] ?? 0;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
}

function addValues(limbs: readonly Float64Array[], column: Column | undefined, { rows, slots, count }: Placed): void {
  if (column?.kind === 'int64' && column.wide !== undefined) {
    for (let at = 0; at < count; at++) addWide(limbs, slots[at] ?? 0, column.wide[rows[at] ?? 0] ?? 0n);
    return;
  }
  if (column?.kind !== 'int64' && column?.kind !== 'int32') throw new Error('the argument of a sum is no number');
  const { values } = column;
  const low = limbs[0];
  if (low === undefined) return;
  for (let at = 0; at < count; at++) {
    const slot = slots[at] ?? 0;
    const value = values[rows[at] ?? 0] ?? 0;
    const sum = (low[slot] ?? 0) + value;
    if (sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER) low[slot] = sum;
    else addSafe(limbs, 0, slot, value);
  }
}

function addAll(source: Float64Array, target: Float64Array, size: number, slots: Int32Array): void {
  for (let at = 0; at < size; at++) {
    const slot = slots[at] ?? 0;
    target[slot] = (target[slot] ?? 0) + (source[at] ?? 0);
  }
}

/** Integers wrap at their width, a DECIMAL too long is NULL. */
function exactColumn(totals: readonly (bigint | undefined)[], type: DataType): Column {
  const limit = type.kind === 'decimal' ? power10(type.precision) : undefined;
  const fitting = totals.map((total) => {
    return total !== undefined && limit !== undefined && (total >= limit || total <= -limit) ? undefined : total;
  });
  const nulls: Nulls = fitting.includes(undefined)
    ? Uint8Array.from(fitting, (total) => (total === undefined ? 1 : 0))
    : undefined;
  if (isInt32(type)) {
    const bits = type.kind === 'tinyint' ? 8 : type.kind === 'smallint' ? 16 : 32;
    return {
      kind: 'int32',
      values: Int32Array.from(fitting, (total) => Number(BigInt.asIntN(bits, total ?? 0n))),
      nulls,
    };
  }
  if (type.kind === 'bigint')
    return int64ColumnOf(
      fitting.map((total) => BigInt.asIntN(64, total ?? 0n)),
      nulls,
    );
  return int64ColumnOf(
    fitting.map((total) => total ?? 0n),
    nulls,
  );
}

function doubleSum(name: 'sum' | 'avg', type: DataType): Accumulation {
  return {
    kinds: ['float64', 'float64'],
    accumulate(table, base, column, placed) {
      countValues(table.float64(base), placed);
      if (column?.kind !== 'float64') throw new Error('the argument of a sum is no number');
      const sums = table.float64(base + 1);
      const { values } = column;
      const { rows, slots, count } = placed;
      for (let at = 0; at < count; at++) {
        const slot = slots[at] ?? 0;
        sums[slot] = (sums[slot] ?? 0) + (values[rows[at] ?? 0] ?? 0);
      }
    },
    merge(from, to, base, slots) {
      addAll(from.float64(base), to.float64(base), from.size, slots);
      addAll(from.float64(base + 1), to.float64(base + 1), from.size, slots);
    },
    result(table, base) {
      const counts = table.float64(base);
      const sums = table.float64(base + 1);
      const values = new Float64Array(table.size);
      const nulls = new Uint8Array(table.size);
      for (let slot = 0; slot < table.size; slot++) {
        const count = counts[slot] ?? 0;
        const value = name === 'sum' ? (sums[slot] ?? 0) : (sums[slot] ?? 0) / count;
        values[slot] = type.kind === 'float' ? Math.fround(value) : value;
        if (count === 0) nulls[slot] = 1;
      }
      return { kind: 'float64', values, nulls: nulls.includes(1) ? nulls : undefined };
    },
  };
}
