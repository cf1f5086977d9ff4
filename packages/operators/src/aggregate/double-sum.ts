import type { Column } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { Accumulators, Mergeable, Placed, Retractable } from './accumulation.ts';
import { addAll, addToCounts } from './count.ts';
import { columnOfDoubles, nullsBelow } from './slot-columns.ts';

type SumName = 'sum' | 'avg';

/** SUM and AVG of FLOAT and DOUBLE: a count, then the sum. */
export function doubleSum(name: SumName, type: DataType): Mergeable {
  return {
    kinds: ['float64', 'float64'],
    accumulate(table, base, column, placed) {
      addToCounts(table.float64(base), placed, 1);
      const sums = table.float64(base + 1);
      const values = doublesOf(column);
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
    result(table, base, slots) {
      const sums = table.float64(base + 1);
      return resultColumn(name, type, table.float64(base), slots, (slot) => sums[slot] ?? 0);
    },
  };
}

/** The same with compensation (Neumaier 1974), for sums that are told again and again: the error does not grow with the number of values. */
export function compensatedSum(name: SumName, type: DataType): Mergeable {
  return {
    kinds: ['float64', 'float64', 'float64'],
    accumulate(table, base, column, placed) {
      addToCounts(table.float64(base), placed, 1);
      const [sums, lost] = [table.float64(base + 1), table.float64(base + 2)];
      const values = doublesOf(column);
      const { rows, slots, count } = placed;
      for (let at = 0; at < count; at++) addCompensated(sums, lost, slots[at] ?? 0, values[rows[at] ?? 0] ?? 0);
    },
    merge(from, to, base, slots) {
      addAll(from.float64(base), to.float64(base), from.size, slots);
      const [sums, lost] = [to.float64(base + 1), to.float64(base + 2)];
      const [addedSums, addedLost] = [from.float64(base + 1), from.float64(base + 2)];
      for (let at = 0; at < from.size; at++) {
        const slot = slots[at] ?? 0;
        addCompensated(sums, lost, slot, addedSums[at] ?? 0);
        lost[slot] = (lost[slot] ?? 0) + (addedLost[at] ?? 0);
      }
    },
    result(table, base, slots) {
      const [sums, lost] = [table.float64(base + 1), table.float64(base + 2)];
      return resultColumn(name, type, table.float64(base), slots, (slot) => {
        const sum = sums[slot] ?? 0;
        return Number.isFinite(sum) ? sum + (lost[slot] ?? 0) : sum;
      });
    },
  };
}

/**
 * The same when values leave again: sum and compensation (Neumaier 1974), so that what is left is not what rounding left
 * over, and the values that have no difference (NaN and the infinities) counted in an object.
 */
export function retractableDoubleSum(name: SumName, type: DataType): Retractable {
  const change = (table: Accumulators, base: number, column: Column | undefined, placed: Placed, by: 1 | -1) => {
    addToCounts(table.float64(base), placed, by);
    const sums = table.float64(base + 1);
    const lost = table.float64(base + 2);
    const endless = table.object(base + 3);
    const values = doublesOf(column);
    const { rows, slots, count } = placed;
    for (let at = 0; at < count; at++) {
      const slot = slots[at] ?? 0;
      const value = values[rows[at] ?? 0] ?? 0;
      if (Number.isFinite(value)) addCompensated(sums, lost, slot, by * value);
      else endless[slot] = countEndless(endless[slot], value, by);
    }
  };
  return {
    kinds: ['float64', 'float64', 'float64', 'object'],
    accumulate: (table, base, column, placed) => change(table, base, column, placed, 1),
    retract: (table, base, column, placed) => change(table, base, column, placed, -1),
    result(table, base, slots) {
      const sums = table.float64(base + 1);
      const lost = table.float64(base + 2);
      const endless = table.object(base + 3);
      return resultColumn(name, type, table.float64(base), slots, (slot) => {
        const sum = sums[slot] ?? 0;
        return (Number.isFinite(sum) ? sum + (lost[slot] ?? 0) : sum) + endlessSum(endless[slot]);
      });
    },
  };
}

function addCompensated(sums: Float64Array, lost: Float64Array, slot: number, value: number): void {
  const held = sums[slot] ?? 0;
  const sum = held + value;
  const rounding = Math.abs(held) >= Math.abs(value) ? held - sum + value : value - sum + held;
  sums[slot] = sum;
  lost[slot] = (lost[slot] ?? 0) + rounding;
}

/** How many NaN, Infinity and -Infinity there are; undefined when none. */
function countEndless(held: unknown, value: number, by: 1 | -1): readonly number[] | undefined {
  const at = Number.isNaN(value) ? 0 : value > 0 ? 1 : 2;
  const counts = [0, 1, 2].map((index) => Number(Array.isArray(held) ? held[index] : 0) + (index === at ? by : 0));
  return counts.every((count) => count === 0) ? undefined : counts;
}

function endlessSum(held: unknown): number {
  if (!Array.isArray(held)) return 0;
  const [nan, plus, minus] = held;
  if (nan > 0 || (plus > 0 && minus > 0)) return Number.NaN;
  return plus > 0 ? Number.POSITIVE_INFINITY : minus > 0 ? Number.NEGATIVE_INFINITY : 0;
}

function resultColumn(
  name: SumName,
  type: DataType,
  counts: Float64Array,
  slots: Int32Array,
  sumOf: (slot: number) => number,
): Column {
  const values = Float64Array.from(slots, (slot) => (name === 'sum' ? sumOf(slot) : sumOf(slot) / (counts[slot] ?? 0)));
  return columnOfDoubles(values, nullsBelow(counts, slots, 1), type);
}

function doublesOf(column: Column | undefined): Float64Array {
  if (column?.kind !== 'float64') throw new Error('the argument of a sum is no number');
  return column.values;
}
