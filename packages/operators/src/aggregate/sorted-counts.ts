import type { DataType } from '@millrace/model';
import type { Retractable } from './accumulation.ts';
import { assertComparable, columnOfHeld, compareHeld, type Held, heldReader } from './held.ts';
import { addHeld, type Counts, countsAt, takeHeld } from './held-counts.ts';

/**
 * MIN and MAX where values leave again: each slot counts its values. The extreme is found through a heap over them that is no state:
 * it can be made from the counts at any time, and holds values that have left until they come to its top.
 */
export function retractableExtreme(name: 'min' | 'max', argument: DataType, type: DataType): Retractable {
  assertComparable(name.toUpperCase(), argument);
  const ascending = compareHeld(argument);
  const before: Order = name === 'min' ? (a, b) => ascending(a, b) < 0 : (a, b) => ascending(a, b) > 0;
  const heaps = new WeakMap<Counts, Held[]>();
  return {
    kinds: ['object'],
    accumulate(table, base, column, { rows, slots, count }) {
      const counts = table.object(base);
      const read = heldReader(column);
      for (let at = 0; at < count; at++) {
        const held = countsAt(counts, slots[at] ?? 0);
        const value = read(rows[at] ?? 0);
        if (addHeld(held, value) !== 1) continue;
        const heap = heaps.get(held);
        if (heap !== undefined) push(heap, value, before);
      }
    },
    retract(table, base, column, { rows, slots, count }) {
      const counts = table.object(base);
      const read = heldReader(column);
      for (let at = 0; at < count; at++) takeHeld(countsAt(counts, slots[at] ?? 0), read(rows[at] ?? 0));
    },
    result(table, base, slots) {
      const counts = table.object(base);
      const extremes = Array.from(slots, (slot) => {
        return counts[slot] === undefined ? undefined : extremeOf(countsAt(counts, slot), heaps, before);
      });
      return columnOfHeld(extremes, type);
    },
  };
}

type Order = (a: Held, b: Held) => boolean;

function extremeOf(counts: Counts, heaps: WeakMap<Counts, Held[]>, before: Order): Held | undefined {
  let heap = heaps.get(counts);
  if (heap === undefined || heap.length > 2 * counts.size + 16) {
    heap = [];
    for (const [value, count] of counts) if (count > 0) push(heap, value, before);
    heaps.set(counts, heap);
  }
  while (heap.length > 0) {
    const [top] = heap;
    if (top !== undefined && (counts.get(top) ?? 0) > 0) return top;
    pop(heap, before);
  }
  return undefined;
}

function push(heap: Held[], value: Held, before: Order): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] ?? value;
    if (!before(value, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: Held[], before: Order): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (let child = 1; child < heap.length; child = at * 2 + 1) {
    const right = heap[child + 1];
    const left = heap[child] ?? last;
    const smaller = right !== undefined && before(right, left) ? right : left;
    if (!before(smaller, last)) break;
    heap[at] = smaller;
    at = smaller === left ? child : child + 1;
  }
  heap[at] = last;
}
