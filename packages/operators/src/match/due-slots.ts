const NEVER = Number.POSITIVE_INFINITY;

interface Entry {
  readonly time: number;
  readonly slot: number;
}

/**
 * Slots by the time at which something is due for them, earliest first. No state: what is due follows from the rows that are remembered. A slot
 * stands here once, at a time that is not later than the true one, which is asked for when its turn comes (`dueAt`).
 */
export class DueSlots {
  readonly #dueAt: (slot: number) => number;
  /** A heap: no time is less than that of the place half as far. */
  readonly #heap: Entry[] = [];
  /** By slot, the time it stands at. An entry at another time is left over. */
  readonly #standing: number[] = [];

  /** `dueAt` tells when a slot is due as things are; Infinity for one that is not. */
  constructor(dueAt: (slot: number) => number) {
    this.#dueAt = dueAt;
  }

  /** To be called whenever a slot may be due earlier than before. */
  add(slot: number): void {
    const time = this.#dueAt(slot);
    while (this.#standing.length <= slot) this.#standing.push(NEVER);
    if (time >= (this.#standing[slot] ?? NEVER)) return;
    this.#standing[slot] = time;
    this.#push({ time, slot });
  }

  /** Takes out all that are due up to `time`; they stand here again when they are added. */
  takeUntil(time: number, visit: (slot: number) => void): void {
    while (this.earliest <= time) {
      const entry = this.#pop();
      if (entry === undefined) return;
      this.#standing[entry.slot] = NEVER;
      visit(entry.slot);
    }
  }

  /** When the first is due; Infinity when none is. */
  get earliest(): number {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      const isCurrent = this.#standing[first.slot] === first.time;
      if (isCurrent && this.#dueAt(first.slot) === first.time) return first.time;
      this.#pop();
      if (!isCurrent) continue;
      this.#standing[first.slot] = NEVER;
      this.add(first.slot);
    }
    return NEVER;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      const other = heap[above];
      if (other === undefined || other.time <= entry.time) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let below = 1; below < heap.length; below = at * 2 + 1) {
      const right = heap[below + 1];
      const left = heap[below];
      const isRight = right !== undefined && left !== undefined && right.time < left.time;
      const least = isRight ? right : left;
      if (least === undefined || least.time >= last.time) break;
      heap[at] = least;
      at = isRight ? below + 1 : below;
    }
    heap[at] = last;
    return first;
  }
}
