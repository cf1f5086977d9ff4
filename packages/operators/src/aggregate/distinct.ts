import type { Column } from '@millrace/batch';
import type { DataType } from '@millrace/model';
import type { Accumulation, Accumulators, Mergeable, Placed, Retractable } from './accumulation.ts';
import { columnOfHeld, type Held, heldReader } from './held.ts';
import { addHeld, countsAt, takeHeld } from './held-counts.ts';

/** `f(DISTINCT x)`: the values of the group counted in a first accumulator, and `inner` fed with each value once. */
export function retractableDistinct(inner: Retractable): Retractable {
  return {
    ...distinct(inner),
    retract(table, base, column, placed) {
      const gone = changed(table, base, column, placed, takeHeld, 0);
      if (gone.count > 0) inner.retract(table, base + 1, column, gone);
    },
  };
}

/** Values come to `inner` in order of arrival within one table; merged, those of the second table that are new come after those of the first. */
export function mergeableDistinct(inner: Mergeable, argument: DataType): Mergeable {
  return {
    ...distinct(inner),
    merge(from, to, base, slots) {
      const source = from.object(base);
      const target = to.object(base);
      const values: Held[] = [];
      const places: number[] = [];
      for (let at = 0; at < from.size; at++) {
        if (source[at] === undefined) continue;
        const held = countsAt(target, slots[at] ?? 0);
        for (const value of countsAt(source, at).keys()) {
          if (addHeld(held, value) !== 1) continue;
          values.push(value);
          places.push(slots[at] ?? 0);
        }
      }
      const rows = Int32Array.from(values, (_, row) => row);
      const placed = { rows, slots: Int32Array.from(places), count: values.length, arrival: 0 };
      inner.accumulate(to, base + 1, columnOfHeld(values, argument), placed);
    },
  };
}

function distinct(inner: Accumulation): Accumulation {
  return {
    kinds: ['object', ...inner.kinds],
    accumulate(table, base, column, placed) {
      const fresh = changed(table, base, column, placed, addHeld, 1);
      if (fresh.count > 0) inner.accumulate(table, base + 1, column, fresh);
    },
    result: (table, base, slots) => inner.result(table, base + 1, slots),
  };
}

/** The rows at which the count of their value became `edge`. */
function changed(
  table: Accumulators,
  base: number,
  column: Column | undefined,
  placed: Placed,
  step: typeof addHeld,
  edge: 0 | 1,
): Placed {
  const counts = table.object(base);
  const read = heldReader(column);
  const rows = new Int32Array(placed.count);
  const slots = new Int32Array(placed.count);
  let count = 0;
  for (let at = 0; at < placed.count; at++) {
    const row = placed.rows[at] ?? 0;
    const slot = placed.slots[at] ?? 0;
    if (step(countsAt(counts, slot), read(row)) !== edge) continue;
    rows[count] = row;
    slots[count++] = slot;
  }
  return { rows, slots, count, arrival: placed.arrival };
}
