import { columnOf, type Value, valueAt } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { Mergeable } from './accumulation.ts';

/** FIRST_VALUE and LAST_VALUE by arrival, where rows only come: the value, and the number of the row plus 1 (0: none yet). */
export function firstOrLast(name: 'first_value' | 'last_value', argument: DataType, type: DataType): Mergeable {
  const isFirst = name === 'first_value';
  return {
    kinds: ['object', 'float64'],
    accumulate(table, base, column, { rows, slots, count, arrival }) {
      const values = table.object(base);
      const numbers = table.float64(base + 1);
      for (let at = 0; at < count && column !== undefined; at++) {
        const row = rows[at] ?? 0;
        const slot = slots[at] ?? 0;
        // Rows come in order of arrival.
        if (isFirst && numbers[slot] !== 0) continue;
        numbers[slot] = arrival + row + 1;
        values[slot] = valueAt(column, argument, row);
      }
    },
    merge(from, to, base, slots) {
      const [values, numbers] = [to.object(base), to.float64(base + 1)];
      const [otherValues, otherNumbers] = [from.object(base), from.float64(base + 1)];
      for (let at = 0; at < from.size; at++) {
        const arrived = otherNumbers[at] ?? 0;
        const slot = slots[at] ?? 0;
        const known = numbers[slot] ?? 0;
        if (arrived === 0 || (known !== 0 && (isFirst ? known < arrived : known > arrived))) continue;
        numbers[slot] = arrived;
        values[slot] = otherValues[at];
      }
    },
    result(table, base, slots) {
      const values = table.object(base);
      return columnOf(
        Array.from(slots, (slot) => (values[slot] ?? null) as Value),
        type,
      );
    },
  };
}
