/** Rows in order, by partition: linked through numbers. `first` and `last` by slot, `next` by id; -1 where there is none. */
export class RowQueues {
  first: Int32Array = new Int32Array(16).fill(-1);
  last: Int32Array = new Int32Array(16).fill(-1);
  next: Int32Array = new Int32Array(16).fill(-1);
  #previous: Int32Array = new Int32Array(16).fill(-1);

  /** Makes room; slots and ids are below these. */
  grow(slots: number, ids: number): void {
    this.first = grown(this.first, slots);
    this.last = grown(this.last, slots);
    this.next = grown(this.next, ids);
    this.#previous = grown(this.#previous, ids);
  }

  push(slot: number, id: number): void {
    const last = this.last[slot] ?? -1;
    this.next[id] = -1;
    this.#previous[id] = last;
    this.last[slot] = id;
    if (last < 0) this.first[slot] = id;
    else this.next[last] = id;
  }

  /** Takes out the first. */
  shift(slot: number): void {
    const next = this.next[this.first[slot] ?? -1] ?? -1;
    this.first[slot] = next;
    if (next < 0) this.last[slot] = -1;
    else this.#previous[next] = -1;
  }

  /** Takes out the last. */
  pop(slot: number): void {
    const previous = this.#previous[this.last[slot] ?? -1] ?? -1;
    this.last[slot] = previous;
    if (previous < 0) this.first[slot] = -1;
    else this.next[previous] = -1;
  }

  clear(slot: number): void {
    this.first[slot] = -1;
    this.last[slot] = -1;
  }

  /** All ids of a partition, first to last. */
  idsOf(slot: number): Int32Array {
    let count = 0;
    for (let id = this.first[slot] ?? -1; id >= 0; id = this.next[id] ?? -1) count++;
    const ids = new Int32Array(count);
    for (let id = this.first[slot] ?? -1, at = 0; id >= 0; id = this.next[id] ?? -1) ids[at++] = id;
    return ids;
  }
}

function grown(numbers: Int32Array, length: number): Int32Array {
  if (length <= numbers.length) return numbers;
  const larger = new Int32Array(Math.max(length, numbers.length * 2)).fill(-1);
  larger.set(numbers);
  return larger;
}
