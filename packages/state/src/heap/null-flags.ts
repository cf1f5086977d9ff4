import type { Nulls } from '@millrace/batch';
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

  copy(size: number): Nulls {
    if (this.#flags === undefined) return undefined;
    const flags = new Uint8Array(size);
    flags.set(this.#flags.subarray(0, size));
    return flags;
  }

  pick(slots: Int32Array): Nulls {
    if (this.#flags === undefined) return undefined;
    return Uint8Array.from(slots, (slot) => (this.at(slot) ? 1 : 0));
  }

  get sizeBytes(): number {
    return this.#flags?.byteLength ?? 0;
  }
}
