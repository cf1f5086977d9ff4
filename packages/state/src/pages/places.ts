import { grown } from '../heap/growable.ts';

/** Places are frozen by pages of this many: what is written whole at a time. */
export const PAGE_PLACES = 1 << 16;

/** What is written of a place: that it is empty, what may change, or that and what was put there. */
export const GONE = 0;
export const CHANGED = 1;
export const PUT = 3;
const LIVE = 4;

let nextGeneration = 1;

/**
 * What became of the places of one table since they were last frozen: slots of keys or ids of rows. One byte per place: changed, put (what does
 * not change is not written yet) and live. An image of a page holds all of it; files before the oldest image are needed no longer.
 */
export class Places {
  /** No other table of this process has it: a namespace dropped and begun again is told apart. */
  readonly generation = nextGeneration++;
  #flags = new Uint8Array(16);
  /** By page: the file that holds its image, 0 for none. */
  #images: number[] = [];
  /** Anything may have changed. */
  #isAllChanged = false;

  /** Before `touch` and `put` of places below. */
  grow(size: number): void {
    if (size > this.#flags.length) this.#flags = grown(this.#flags, size);
  }

  /** Called for every row: a loop over bytes, nothing else. */
  touch(places: Int32Array, count: number): void {
    const flags = this.#flags;
    for (let at = 0; at < count; at++) {
      const place = places[at] ?? 0;
      flags[place] = (flags[place] ?? 0) | CHANGED;
    }
  }

  touchOne(place: number): void {
    this.#flags[place] = (this.#flags[place] ?? 0) | CHANGED;
  }

  touchAll(): void {
    this.#isAllChanged = true;
  }

  /** Live, with a new content. */
  put(place: number): void {
    this.#flags[place] = LIVE | PUT;
  }

  /** Has a new content, and lives once it is linked. */
  store(place: number): void {
    this.#flags[place] = PUT;
  }

  link(place: number): void {
    this.#flags[place] = (this.#flags[place] ?? 0) | LIVE | CHANGED;
  }

  release(place: number): void {
    this.#flags[place] = ((this.#flags[place] ?? 0) & ~LIVE) | CHANGED;
  }

  /** The file with the image of a page, 0 when no file has it. */
  imageOf(page: number): number {
    return this.#images[page] ?? 0;
  }

  /** The next freeze writes everything. */
  forgetImages(): void {
    this.#images = [];
  }

  /** How many places of a page below `size` changed. */
  changesIn(page: number, size: number): number {
    const first = page * PAGE_PLACES;
    const end = Math.min(first + PAGE_PLACES, size);
    if (this.#isAllChanged) return end - first;
    const flags = this.#flags;
    let changes = 0;
    for (let place = first; place < end; place++) changes += (flags[place] ?? 0) & CHANGED;
    return changes;
  }

  /** Takes out what changed in a page, ascending, and what to write of each. */
  takeChanges(page: number, size: number): { readonly places: Int32Array; readonly what: Uint8Array } {
    const count = this.changesIn(page, size);
    const first = page * PAGE_PLACES;
    const places = new Int32Array(count);
    const what = new Uint8Array(count);
    const flags = this.#flags;
    for (let place = first, at = 0; at < count; place++) {
      const flag = flags[place] ?? 0;
      if (!this.#isAllChanged && (flag & CHANGED) === 0) continue;
      places[at] = place;
      what[at++] = (flag & LIVE) === 0 ? GONE : (flag & PUT) | CHANGED;
      // What lies at an empty place and may be linked again is not written: it stays to be written.
      flags[place] = (flag & LIVE) === 0 ? flag & ~CHANGED : LIVE;
    }
    return { places, what };
  }

  /** Takes out a whole page, whose image goes to file `file`. */
  takeImage(page: number, size: number, file: number): { readonly places: Int32Array; readonly what: Uint8Array } {
    const first = page * PAGE_PLACES;
    const count = Math.min(PAGE_PLACES, size - first);
    const places = new Int32Array(count);
    const what = new Uint8Array(count);
    const flags = this.#flags;
    for (let at = 0; at < count; at++) {
      const isLive = ((flags[first + at] ?? 0) & LIVE) !== 0;
      places[at] = first + at;
      what[at] = isLive ? PUT : GONE;
      flags[first + at] = isLive ? LIVE : PUT & ~CHANGED;
    }
    while (this.#images.length <= page) this.#images.push(0);
    this.#images[page] = file;
    return { places, what };
  }

  /** All pages were taken. */
  settle(): void {
    this.#isAllChanged = false;
  }

  get sizeBytes(): number {
    return this.#flags.byteLength;
  }
}
