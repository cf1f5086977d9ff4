import type { KeyedState, SnapshotWriter, StateScope, TableState } from '@millrace/contracts';
import type { StateHandle } from '@millrace/model';
import { HeapTableState } from './heap-table-state.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** The memory of one subtask of one operator, on the heap. */
export class HeapKeyedState implements KeyedState {
  readonly tables: ReadonlyMap<string, HeapTableState>;
  readonly #scope: StateScope;

  constructor(scope: StateScope) {
    this.#scope = scope;
    this.tables = new Map(
      scope.descriptors.map((descriptor) => [descriptor.name, new HeapTableState(descriptor, scope)]),
    );
  }

  table(name: string): TableState {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(`operator ${this.#scope.operator} did not declare table "${name}"`);
    return table;
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const table of this.tables.values()) bytes += table.sizeBytes;
    return bytes;
  }

  freeze(): (storage: SnapshotWriter) => Promise<readonly StateHandle[]> {
    const frozen = {
      sizeBytes: this.sizeBytes,
      tables: [...this.tables.values()].map((table) => ({ descriptor: table.descriptor, namespaces: table.freeze() })),
    };
    return (storage) => writeSnapshot(this.#scope, frozen, storage);
  }

  dispose(): void {
    for (const table of this.tables.values()) table.clear();
  }
}
