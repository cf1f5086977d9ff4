import type { RecordBatch } from '@millrace/batch';
import type { StateKey, StateValue, ValuesDescriptor, ValuesState } from '@millrace/contracts';
import type { KeyGroupRange } from '@millrace/model';
import { decodeValues, encodeValues } from '../segment/value-codec.ts';
import type { KeyScope } from './hash-table.ts';
import { keyGroupOfKey, stateKeysOf } from './state-keys.ts';

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
  readonly #values = new Map<StateKey, StateValue>();
  /** Seen when the state was last written out. */
  #bytesPerEntry = ENTRY_BYTES_GUESS;

  constructor(descriptor: ValuesDescriptor, scope: KeyScope) {
    this.descriptor = descriptor;
    this.#scope = scope;
  }

  keysOf(batch: RecordBatch, keyColumns: readonly number[]): readonly StateKey[] {
    return stateKeysOf(batch, keyColumns, this.#scope);
  }

  get(key: StateKey): StateValue | undefined {
    return this.#values.get(key);
  }

  set(key: StateKey, value: StateValue): void {
    this.#values.set(key, value);
  }

  delete(key: StateKey): void {
    this.#values.delete(key);
  }

  get size(): number {
    return this.#values.size;
  }

  entries(): IterableIterator<readonly [StateKey, StateValue]> {
    return this.#values.entries();
  }

  clear(): void {
    this.#values.clear();
  }

  get sizeBytes(): number {
    return this.#values.size * this.#bytesPerEntry;
  }

  freeze(): readonly FrozenGroup[] {
    const groups = new Map<number, unknown[]>();
    for (const [key, value] of this.#values) listOf(groups, keyGroupOfKey(key)).push(key, value);
    const frozen = freezeGroups(groups, 2);
    const bytes = frozen.reduce((sum, group) => sum + group.bytes.length, 0);
    if (this.#values.size > 0) this.#bytesPerEntry = Math.ceil(bytes / this.#values.size);
    return frozen;
  }

  restore(group: FrozenGroup): void {
    const held = decodeValues(group.bytes, group.entries * 2);
    for (let at = 0; at < held.length; at += 2) this.#values.set(held[at] as StateKey, held[at + 1] as StateValue);
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
