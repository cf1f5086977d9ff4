import type { TableDescriptor, TableState } from '@millrace/contracts';
import { type FrozenTable, HashTable, type KeyScope } from './hash-table.ts';

/** All namespaces of one declared table. */
export class HeapTableState implements TableState {
  readonly descriptor: TableDescriptor;
  readonly #scope: KeyScope;
  readonly #tables = new Map<number, HashTable>();

  constructor(descriptor: TableDescriptor, scope: KeyScope) {
    this.descriptor = descriptor;
    const all = { first: 0, last: scope.maxParallelism - 1 };
    this.#scope = descriptor.passing === true ? { ...scope, keyGroups: all } : scope;
  }

  at(namespace: number): HashTable {
    const known = this.#tables.get(namespace);
    if (known !== undefined) return known;
    const table = new HashTable(this.descriptor, this.#scope);
    this.#tables.set(namespace, table);
    return table;
  }

  get(namespace: number): HashTable | undefined {
    return this.#tables.get(namespace);
  }

  namespaces(): readonly number[] {
    return [...this.#tables.keys()].sort((a, b) => a - b);
  }

  drop(namespace: number): void {
    this.#tables.delete(namespace);
  }

  clear(): void {
    this.#tables.clear();
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const table of this.#tables.values()) bytes += table.sizeBytes;
    return bytes;
  }

  /** Empty namespaces are kept too: a restored operator finds the windows it had opened. */
  freeze(): readonly { readonly namespace: number; readonly table: FrozenTable }[] {
    return this.namespaces().map((namespace) => ({ namespace, table: this.at(namespace).freeze() }));
  }
}
