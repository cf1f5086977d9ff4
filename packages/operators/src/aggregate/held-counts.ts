import type { Held } from './held.ts';

/** How often each value is there. Below zero when a value was taken back that state no longer knew (its time to live had ended). */
export type Counts = Map<Held, number>;

/** The counts of a slot of an `object` accumulator, made when absent. */
export function countsAt(objects: unknown[], slot: number): Counts {
  const known = objects[slot];
  if (known instanceof Map) return known;
  const counts: Counts = new Map();
  objects[slot] = counts;
  return counts;
}

/** How often the value is there now. */
export function addHeld(counts: Counts, value: Held): number {
  return put(counts, value, (counts.get(value) ?? 0) + 1);
}

export function takeHeld(counts: Counts, value: Held): number {
  return put(counts, value, (counts.get(value) ?? 0) - 1);
}

function put(counts: Counts, value: Held, count: number): number {
  if (count === 0) counts.delete(value);
  else counts.set(value, count);
  return count;
}
