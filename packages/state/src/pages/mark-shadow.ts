import type { Accumulator } from '../heap/accumulators.ts';
import { grown } from '../heap/growable.ts';
import type { Places } from './places.ts';

/**
 * The marks of remembered rows as they were last frozen. Operators write marks of any row they come upon, without a call; a mark is a number of
 * a row of many, so comparing all of them costs less than being told, and cannot be forgotten.
 */
export class MarkShadow {
  #seen: Float64Array | Int32Array | undefined;

  /** Touches the places below `size` whose mark is another one now. */
  compare(mark: Accumulator | undefined, size: number, places: Places): void {
    if (mark === undefined || mark.kind === 'object') return;
    const { values } = mark;
    if (values instanceof Float64Array) {
      const seen = grown(this.#seen instanceof Float64Array ? this.#seen : new Float64Array(16), size);
      for (let place = 0; place < size; place++) {
        const value = values[place] ?? 0;
        if (seen[place] === value) continue;
        seen[place] = value;
        places.touchOne(place);
      }
      this.#seen = seen;
      return;
    }
    const seen = grown(this.#seen instanceof Int32Array ? this.#seen : new Int32Array(16), size);
    for (let place = 0; place < size; place++) {
      const value = values[place] ?? 0;
      if (seen[place] === value) continue;
      seen[place] = value;
      places.touchOne(place);
    }
    this.#seen = seen;
  }

  get sizeBytes(): number {
    return this.#seen?.byteLength ?? 0;
  }
}
