import type { Column } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import { isExact, isInt32, scaleOf, unsupported } from '../expression/scope.ts';
import { divideNarrow, divideWide, power10, rescaleWide } from '../function/decimal.ts';
import type { Accumulators, Mergeable, Placed, Retractable } from './accumulation.ts';
import { addAll, addToCounts } from './count.ts';
import { doubleSum, retractableDoubleSum } from './double-sum.ts';
import { addSafe, addWide, totalOf } from './limbs.ts';
import { exactColumn, nullsBelow } from './slot-columns.ts';

export type SumName = 'sum' | 'avg';

/** SUM and AVG: a count of the values, then their sum; exact for integers and DECIMAL, a double for the others. */
export function sumAccumulation(name: SumName, argument: DataType, type: DataType): Mergeable {
  if (isExact(argument)) return exactSum(name, argument, type);
  if (argument.kind === 'float' || argument.kind === 'double') return doubleSum(name, type);
  throw unsupported(name.toUpperCase(), argument);
}

export function retractableSum(name: SumName, argument: DataType, type: DataType): Retractable {
  if (isExact(argument)) return exactSum(name, argument, type);
  if (argument.kind === 'float' || argument.kind === 'double') return retractableDoubleSum(name, type);
  throw unsupported(name.toUpperCase(), argument);
}

/** COUNT of non-NULL values, then limbs. */
function exactSum(name: SumName, argument: DataType, type: DataType): Mergeable & Retractable {
  if (!isExact(type)) throw unsupported(name.toUpperCase(), argument, type);
  const limbCount = argument.kind === 'decimal' && argument.precision > 18 ? 3 : 2;
  const limbsOf = (table: Accumulators, base: number): readonly Float64Array[] => {
    const [low, second] = [table.float64(base + 1), table.float64(base + 2)];
    return limbCount === 2 ? [low, second] : [low, second, table.float64(base + 3)];
  };
  return {
    kinds: Array.from({ length: limbCount + 1 }, () => 'float64'),
    accumulate(table, base, column, placed) {
      addToCounts(table.float64(base), placed, 1);
      addValues(limbsOf(table, base), column, placed);
    },
    retract(table, base, column, placed) {
      addToCounts(table.float64(base), placed, -1);
      takeValues(limbsOf(table, base), column, placed);
    },
    merge(from, to, base, slots) {
      addAll(from.float64(base), to.float64(base), from.size, slots);
      const source = limbsOf(from, base);
      const target = limbsOf(to, base);
      for (let slot = 0; slot < from.size; slot++) {
        for (const [at, limb] of source.entries()) addSafe(target, at, slots[slot] ?? 0, limb[slot] ?? 0);
      }
    },
    result(table, base, slots) {
      const counts = table.float64(base);
      const limbs = limbsOf(table, base);
      const narrow = narrowResult(name, counts, limbs, slots, argument, type);
      if (narrow !== undefined) return narrow;
      const totals = Array.from(slots, (slot) => {
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

/** The same with doubles, where every step is exact: undefined otherwise, and for what is rare. */
function narrowResult(
  name: SumName,
  counts: Float64Array,
  limbs: readonly Float64Array[],
  slots: Int32Array,
  argument: DataType,
  type: DataType,
): Column | undefined {
  const shift = scaleOf(type) - scaleOf(argument);
  if (shift < 0 || shift > 15) return undefined;
  const unit = 10 ** shift;
  const limit = type.kind === 'decimal' && type.precision <= 15 ? 10 ** type.precision : Number.MAX_SAFE_INTEGER;
  const [low = counts, second = counts, third] = limbs;
  const values = new Float64Array(slots.length);
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] ?? 0;
    if (second[slot] !== 0 || (third !== undefined && third[slot] !== 0)) return undefined;
    const total = (low[slot] ?? 0) * unit;
    const count = counts[slot] ?? 0;
    // A total that stays below the limit was not rounded.
    if (!(total < limit && total > -limit)) return undefined;
    if (name === 'sum' || count === 0) values[at] = total;
    else values[at] = type.kind === 'decimal' ? divideNarrow(total, count) : (total - (total % count)) / count + 0;
  }
  const nulls = nullsBelow(counts, slots, 1);
  if (!isInt32(type)) return { kind: 'int64', values, wide: undefined, nulls };
  const drop = type.kind === 'tinyint' ? 24 : type.kind === 'smallint' ? 16 : 0;
  return { kind: 'int32', values: Int32Array.from(values, (value) => (value << drop) >> drop), nulls };
}

function addValues(limbs: readonly Float64Array[], column: Column | undefined, { rows, slots, count }: Placed): void {
  if (column?.kind === 'int64' && column.wide !== undefined) {
    for (let at = 0; at < count; at++) addWide(limbs, slots[at] ?? 0, column.wide[rows[at] ?? 0] ?? 0n);
    return;
  }
  const { values } = numbersOf(column);
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

function takeValues(limbs: readonly Float64Array[], column: Column | undefined, { rows, slots, count }: Placed): void {
  if (column?.kind === 'int64' && column.wide !== undefined) {
    for (let at = 0; at < count; at++) addWide(limbs, slots[at] ?? 0, -(column.wide[rows[at] ?? 0] ?? 0n));
    return;
  }
  const { values } = numbersOf(column);
  for (let at = 0; at < count; at++) addSafe(limbs, 0, slots[at] ?? 0, -(values[rows[at] ?? 0] ?? 0));
}

function numbersOf(column: Column | undefined) {
  if (column?.kind !== 'int64' && column?.kind !== 'int32') throw new Error('the argument of a sum is no number');
  return column;
}
