import type { Nulls } from '@millrace/batch';
import { pickedBytes } from '../segment/picked.ts';
import { grown } from './growable.ts';

/** Which slots hold NULL; takes no memory until the first NULL comes. */
export class NullFlags {
  #flags: Uint8Array | undefined;

  /** No slot ever held NULL. */
  get isUnused(): boolean {
    return this.#flags === undefined;
  }

  at(slot: number): boolean {
    return this.#flags !== undefined && this.#flags[slot] === 1;
  }

  set(slot: number): void {
    this.#flags = grown(this.#flags ?? new Uint8Array(16), slot + 1);
    this.#flags[slot] = 1;
  }

  clear(slot: number): void {
    if (this.#flags !== undefined && slot < this.#flags.length) this.#flags[slot] = 0;
  }

  /** The flags at `numbers` become those of the slots `ids`. */
  put(nulls: Nulls, numbers: Int32Array, ids: Int32Array): void {
    if (nulls === undefined) {
      if (this.#flags !== undefined) for (const id of ids) this.clear(id);
      return;
    }
    for (let at = 0; at < numbers.length; at++) {
      if (nulls[numbers[at] ?? 0] === 1) this.set(ids[at] ?? 0);
      else this.clear(ids[at] ?? 0);
    }
  }

  /** As `pick`, and NULL where an id is below 0; `hasMissing`: some are. Undefined when none is NULL. */
  gather(ids: Int32Array, hasMissing: boolean): Nulls {
    const flags = this.#flags;
    if (flags === undefined && !hasMissing) return undefined;
    const gathered = new Uint8Array(ids.length);
    let any = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] ?? 0;
      const flag = id < 0 ? 1 : (flags?.[id] ?? 0);
      gathered[at] = flag;
      any |= flag;
    }
    return any === 0 ? undefined : gathered;
  }

  copy(size: number): Nulls {
    if (this.#flags === undefined) return undefined;
    const flags = new Uint8Array(size);
    flags.set(this.#flags.subarray(0, size));
    return flags;
  }

  pick(slots: Int32Array): Nulls {
    if (this.#flags === undefined) return undefined;
    return pickedBytes(this.#flags, slots);
  }

  get sizeBytes(): number {
    return this.#flags?.byteLength ?? 0;
  }
}
