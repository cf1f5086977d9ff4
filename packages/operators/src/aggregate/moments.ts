import type { DataType } from '@millrace/model';
import type { Accumulators, Mergeable, Retractable } from './accumulation.ts';
import { doubleReader } from './double-reader.ts';
import { columnOfDoubles, nullsBelow } from './slot-columns.ts';

type MomentsName = 'stddev_pop' | 'stddev_samp' | 'var_pop' | 'var_samp';

/**
 * STDDEV and VAR in doubles: count, mean, sum of squared distances from the mean, added value by value (Welford 1962) and
 * merged (Chan, Golub, LeVeque 1979), so that large values close to each other keep their digits. NaN
 * and the infinities are only counted: while there are any, the result is NaN. What is taken back leaves its rounding behind: some
 * 1e-16 of the squares that were there, until the group is empty.
 */
export function momentsAccumulation(name: MomentsName, argument: DataType, type: DataType): Mergeable & Retractable {
  const isSample = name === 'stddev_samp' || name === 'var_samp';
  const isRoot = name === 'stddev_pop' || name === 'stddev_samp';
  return {
    kinds: ['float64', 'float64', 'float64', 'float64'],
    accumulate(table, base, column, { rows, slots, count }) {
      const [counts, means, squares, endless] = partsOf(table, base);
      const read = doubleReader(column, argument);
      for (let at = 0; at < count; at++) {
        const slot = slots[at] ?? 0;
        const value = read(rows[at] ?? 0);
        if (!Number.isFinite(value)) {
          endless[slot] = (endless[slot] ?? 0) + 1;
          continue;
        }
        const n = (counts[slot] ?? 0) + 1;
        const distance = value - (means[slot] ?? 0);
        counts[slot] = n;
        means[slot] = (means[slot] ?? 0) + distance / n;
        squares[slot] = (squares[slot] ?? 0) + (distance * distance * (n - 1)) / n;
      }
    },
    retract(table, base, column, { rows, slots, count }) {
      const parts = partsOf(table, base);
      const read = doubleReader(column, argument);
      for (let at = 0; at < count; at++) takeBack(parts, slots[at] ?? 0, read(rows[at] ?? 0));
    },
    merge(from, to, base, slots) {
      const [counts, means, squares, endless] = partsOf(to, base);
      const [addedCounts, addedMeans, addedSquares, addedEndless] = partsOf(from, base);
      for (let at = 0; at < from.size; at++) {
        const slot = slots[at] ?? 0;
        endless[slot] = (endless[slot] ?? 0) + (addedEndless[at] ?? 0);
        const added = addedCounts[at] ?? 0;
        const held = counts[slot] ?? 0;
        if (added === 0) continue;
        const n = held + added;
        const distance = (addedMeans[at] ?? 0) - (means[slot] ?? 0);
        counts[slot] = n;
        means[slot] = (means[slot] ?? 0) + (distance * added) / n;
        squares[slot] = (squares[slot] ?? 0) + (addedSquares[at] ?? 0) + (distance * distance * held * added) / n;
      }
    },
    result(table, base, slots) {
      const [counts, , squares, endless] = partsOf(table, base);
      const all = Float64Array.from(slots, (slot) => (counts[slot] ?? 0) + (endless[slot] ?? 0));
      const values = Float64Array.from(slots, (slot) => {
        const n = counts[slot] ?? 0;
        if ((endless[slot] ?? 0) > 0) return Number.NaN;
        // Rounding must not make a variance negative.
        const variance = n <= 1 ? 0 : Math.max(squares[slot] ?? 0, 0) / (isSample ? n - 1 : n);
        return isRoot ? Math.sqrt(variance) : variance;
      });
      return columnOfDoubles(values, nullsBelow(all, Int32Array.from(slots.keys()), isSample ? 2 : 1), type);
    },
  };
}

type Parts = readonly [counts: Float64Array, means: Float64Array, squares: Float64Array, endless: Float64Array];

function partsOf(table: Accumulators, base: number): Parts {
  return [table.float64(base), table.float64(base + 1), table.float64(base + 2), table.float64(base + 3)];
}

/** Welford's step backwards; an empty group starts anew, so that nothing of what was taken back stays. */
function takeBack([counts, means, squares, endless]: Parts, slot: number, value: number): void {
  if (!Number.isFinite(value)) {
    endless[slot] = (endless[slot] ?? 0) - 1;
    return;
  }
  const n = Math.max((counts[slot] ?? 0) - 1, 0);
  counts[slot] = n;
  if (n === 0) {
    means[slot] = 0;
    squares[slot] = 0;
    return;
  }
  const distance = value - (means[slot] ?? 0);
  means[slot] = (means[slot] ?? 0) - distance / n;
  squares[slot] = (squares[slot] ?? 0) - (distance * distance * (n + 1)) / n;
}
