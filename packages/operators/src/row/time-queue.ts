/**
 * Row ids in order of time, then of arrival. Most rows come in order and lie in a queue, where they cost nothing; those that come out of order lie
 * in a binary heap.
 */
export class TimeQueue {
  readonly #queue = new Entries();
  /** The first of the queue, and one more than its last. */
  #from = 0;
  #to = 0;
  readonly #heap = new Entries();
  #heapSize = 0;

  get size(): number {
    return this.#to - this.#from + this.#heapSize;
  }

  push(time: number, arrival: number, id: number): void {
    const queue = this.#queue;
    if (this.#from === this.#to || !isBefore(time, arrival, queue, this.#to - 1)) {
      if (this.#to === queue.capacity && this.#from * 2 >= this.#to) this.#shift();
      queue.put(this.#to++, time, arrival, id);
    } else this.#sift(time, arrival, id);
  }

  /** The earliest time; Infinity when there is none. */
  get earliest(): number {
    const queued = this.#from < this.#to ? (this.#queue.times[this.#from] ?? 0) : Number.POSITIVE_INFINITY;
    const heaped = this.#heapSize > 0 ? (this.#heap.times[0] ?? 0) : Number.POSITIVE_INFINITY;
    return Math.min(queued, heaped);
  }

  /** Takes out the first and gives its id. There is one. */
  pop(): number {
    const queue = this.#queue;
    const heap = this.#heap;
    const isQueued =
      this.#heapSize === 0 ||
      (this.#from < this.#to && isBefore(queue.times[this.#from] ?? 0, queue.arrivals[this.#from] ?? 0, heap, 0));
    if (!isQueued) return this.#popHeap();
    const id = queue.ids[this.#from++] ?? -1;
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = 0;
    }
    return id;
  }

  /** The queue moves to the front of its arrays. */
  #shift(): void {
    this.#queue.move(this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }

  #sift(time: number, arrival: number, id: number): void {
    const heap = this.#heap;
    let at = this.#heapSize++;
    heap.put(at, time, arrival, id);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(time, arrival, heap, parent)) break;
      heap.copy(parent, at);
      at = parent;
    }
    heap.put(at, time, arrival, id);
  }

  #popHeap(): number {
    const heap = this.#heap;
    const id = heap.ids[0] ?? -1;
    const last = --this.#heapSize;
    const [time, arrival, moved] = [heap.times[last] ?? 0, heap.arrivals[last] ?? 0, heap.ids[last] ?? 0];
    let at = 0;
    for (let child = 1; child < last; child = at * 2 + 1) {
      const right = child + 1;
      if (right < last && isBefore(heap.times[right] ?? 0, heap.arrivals[right] ?? 0, heap, child)) child = right;
      if (!isBefore(heap.times[child] ?? 0, heap.arrivals[child] ?? 0, heap, last)) break;
      heap.copy(child, at);
      at = child;
    }
    heap.put(at, time, arrival, moved);
    return id;
  }
}

class Entries {
  times = new Float64Array(64);
  arrivals = new Float64Array(64);
  ids = new Int32Array(64);

  get capacity(): number {
    return this.ids.length;
  }

  put(at: number, time: number, arrival: number, id: number): void {
    if (at >= this.ids.length) this.#grow();
    this.times[at] = time;
    this.arrivals[at] = arrival;
    this.ids[at] = id;
  }

  copy(from: number, to: number): void {
    this.times[to] = this.times[from] ?? 0;
    this.arrivals[to] = this.arrivals[from] ?? 0;
    this.ids[to] = this.ids[from] ?? 0;
  }

  /** To the front. */
  move(from: number, to: number): void {
    this.times.copyWithin(0, from, to);
    this.arrivals.copyWithin(0, from, to);
    this.ids.copyWithin(0, from, to);
  }

  #grow(): void {
    const { times, arrivals, ids } = this;
    this.times = new Float64Array(times.length * 2);
    this.times.set(times);
    this.arrivals = new Float64Array(times.length * 2);
    this.arrivals.set(arrivals);
    this.ids = new Int32Array(times.length * 2);
    this.ids.set(ids);
  }
}

function isBefore(time: number, arrival: number, entries: Entries, at: number): boolean {
  const other = entries.times[at] ?? 0;
  return time < other || (time === other && arrival < (entries.arrivals[at] ?? 0));
}
