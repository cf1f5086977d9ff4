import type { RecordBatch } from '@millrace/batch';
import type { StateKey, StateValue, ValuesDescriptor, ValuesState } from '@millrace/contracts';
import type { KeyGroupRange } from '@millrace/model';
import { decodeValues, encodeValues } from '../segment/value-codec.ts';
import type { KeyScope } from './hash-table.ts';
import { type Held, SlicedFreeze } from './sliced-freeze.ts';
import { stateKeysOf } from './state-keys.ts';

/** The entries of one key group, written out. */
export interface FrozenGroup {
  readonly keyGroup: number;
  readonly entries: number;
  readonly bytes: Uint8Array;
}

/** Bytes of an entry before any was written out. */
const ENTRY_BYTES_GUESS = 256;

export class HeapValuesState implements ValuesState {
  readonly descriptor: ValuesDescriptor;
  readonly #scope: KeyScope;
  #values = new Map<StateKey, Held>();
  /** Seen when the state was last written out. */
  #bytesPerEntry = ENTRY_BYTES_GUESS;
  #ordinal = 0;
  #freezes = 0;
  /** On its way. */
  #freeze: SlicedFreeze | undefined;
  /** Since the last freeze: somebody was given a value that may be changed in place, or the entries are others. */
  isChanged = false;

  constructor(descriptor: ValuesDescriptor, scope: KeyScope) {
    this.descriptor = descriptor;
    this.#scope = scope;
  }

  keysOf(batch: RecordBatch, keyColumns: readonly number[]): readonly StateKey[] {
    return stateKeysOf(batch, keyColumns, this.#scope);
  }

  get(key: StateKey): StateValue | undefined {
    const held = this.#values.get(key);
    if (held === undefined) return undefined;
    this.#freeze?.keep(key, held);
    this.isChanged = true;
    return held.value;
  }

  set(key: StateKey, value: StateValue): void {
    this.isChanged = true;
    const held = this.#values.get(key);
    if (held === undefined) {
      this.#values.set(key, { value, frozen: this.#freezes, ordinal: this.#ordinal++ });
      return;
    }
    this.#freeze?.keep(key, held);
    held.value = value;
  }

  delete(key: StateKey): void {
    const held = this.#values.get(key);
    if (held === undefined) return;
    this.#freeze?.keep(key, held);
    this.isChanged = true;
    this.#values.delete(key);
  }

  get size(): number {
    return this.#values.size;
  }

  *entries(): IterableIterator<readonly [StateKey, StateValue]> {
    this.isChanged = true;
    for (const [key, held] of this.#values) {
      this.#freeze?.keep(key, held);
      yield [key, held.value];
    }
  }

  /** A freeze on its way goes on with what there was. */
  clear(): void {
    this.#values = new Map();
  }

  get sizeBytes(): number {
    return this.#values.size * this.#bytesPerEntry;
  }

  freeze(): readonly FrozenGroup[] {
    this.#finishFreeze();
    return this.#begin().finish();
  }

  /** As of now; written out in slices. A freeze before this one that is still on its way is finished first. */
  freezeSliced(): () => Promise<readonly FrozenGroup[]> {
    this.#finishFreeze();
    this.isChanged = false;
    const { size } = this.#values;
    const freeze = this.#begin();
    this.#freeze = freeze;
    return async () => {
      const groups = await freeze.run();
      if (this.#freeze === freeze) this.#freeze = undefined;
      const bytes = groups.reduce((sum, group) => sum + group.bytes.length, 0);
      if (size > 0) this.#bytesPerEntry = Math.ceil(bytes / size);
      return groups;
    };
  }

  restore(group: FrozenGroup): void {
    const held = decodeValues(group.bytes, group.entries * 2);
    for (let at = 0; at < held.length; at += 2) this.set(held[at] as StateKey, held[at + 1] as StateValue);
  }

  #finishFreeze(): void {
    this.#freeze?.finish();
    this.#freeze = undefined;
  }

  #begin(): SlicedFreeze {
    return new SlicedFreeze(++this.#freezes, this.#values.entries());
  }
}

export function listOf(groups: Map<number, unknown[]>, group: number): unknown[] {
  const known = groups.get(group);
  if (known !== undefined) return known;
  const list: unknown[] = [];
  groups.set(group, list);
  return list;
}

/** `width` values make one entry. */
export function freezeGroups(groups: ReadonlyMap<number, readonly unknown[]>, width: number): readonly FrozenGroup[] {
  return [...groups].map(([keyGroup, values]) => ({
    keyGroup,
    entries: values.length / width,
    bytes: encodeValues(values),
  }));
}

export function isWithin({ keyGroup }: FrozenGroup, range: KeyGroupRange): boolean {
  return keyGroup >= range.first && keyGroup <= range.last;
}
