import type {
  KeyedState,
  RowsState,
  SnapshotWriter,
  StateDescriptor,
  StateScope,
  TableState,
  TimersState,
  ValuesState,
} from '@millrace/contracts';
import type { CheckpointKind, StateHandle } from '@millrace/model';
import { Chain } from '../pages/chain.ts';
import { ChangesFreezer } from '../pages/freeze-changes.ts';
import { HeapRowsState } from '../rows/heap-rows-state.ts';
import { HeapTableState } from './heap-table-state.ts';
import { HeapTimersState } from './heap-timers-state.ts';
import { HeapValuesState } from './heap-values-state.ts';
import { type FrozenState, writeSnapshot } from './write-snapshot.ts';

export type HeapPart = HeapTableState | HeapRowsState | HeapValuesState | HeapTimersState;

/** The memory of one subtask of one operator, on the heap. */
export class HeapKeyedState implements KeyedState {
  readonly parts: ReadonlyMap<string, HeapPart>;
  readonly #scope: StateScope;
  readonly #changes: ChangesFreezer;

  constructor(scope: StateScope) {
    this.#scope = scope;
    this.#changes = new ChangesFreezer(scope, new Chain(scope));
    this.parts = new Map(scope.descriptors.map((descriptor) => [descriptor.name, createPart(descriptor, scope)]));
  }

  table(name: string): TableState {
    const part = this.parts.get(name);
    return part instanceof HeapTableState ? part : this.#undeclared('table', name);
  }

  rows(name: string): RowsState {
    const part = this.parts.get(name);
    return part instanceof HeapRowsState ? part : this.#undeclared('rows', name);
  }

  values(name: string): ValuesState {
    const part = this.parts.get(name);
    return part instanceof HeapValuesState ? part : this.#undeclared('values', name);
  }

  timers(name: string): TimersState {
    const part = this.parts.get(name);
    return part instanceof HeapTimersState ? part : this.#undeclared('timers', name);
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const part of this.parts.values()) bytes += part.sizeBytes;
    return bytes;
  }

  freeze(kind: CheckpointKind = 'checkpoint'): (storage: SnapshotWriter) => Promise<readonly StateHandle[]> {
    const kept = [...this.parts.values()].filter((part) => !isPassing(part));
    if (kept.length === 0) return async () => [];
    if (kind === 'checkpoint') return this.#changes.freeze(kept);
    const frozen: FrozenState = { sizeBytes: this.sizeBytes, parts: kept.map(freezePart) };
    return (storage) => writeSnapshot(this.#scope, frozen, storage);
  }

  dispose(): void {
    for (const part of this.parts.values()) part.clear();
  }

  #undeclared(kind: StateDescriptor['kind'], name: string): never {
    throw new Error(`operator ${this.#scope.operator} did not declare ${kind} "${name}"`);
  }
}

function createPart(descriptor: StateDescriptor, scope: StateScope): HeapPart {
  switch (descriptor.kind) {
    case 'table':
      return new HeapTableState(descriptor, scope);
    case 'rows':
      return new HeapRowsState(descriptor, scope);
    case 'values':
      return new HeapValuesState(descriptor, scope);
    case 'timers':
      return new HeapTimersState(descriptor);
  }
}

/** Empty by now, and never written. */
function isPassing(part: HeapPart): boolean {
  if (!(part instanceof HeapTableState) || part.descriptor.passing !== true) return false;
  if (part.namespaces().length > 0)
    throw new Error(`table "${part.descriptor.name}" was not flushed before a snapshot`);
  return true;
}

function freezePart(part: HeapPart): FrozenState['parts'][number] {
  if (part instanceof HeapTableState) return { descriptor: part.descriptor, namespaces: part.freeze() };
  if (part instanceof HeapRowsState) return { descriptor: part.descriptor, stored: part.freeze() };
  return { descriptor: part.descriptor, groups: part.freeze() };
}
