import type { RowsDescriptor, RowsState } from '@millrace/contracts';
import type { KeyScope } from '../heap/hash-table.ts';
import { type FrozenRows, HeapKeyedRows } from './heap-keyed-rows.ts';

/** All namespaces of the rows of one name. */
export class HeapRowsState implements RowsState {
  readonly descriptor: RowsDescriptor;
  readonly #scope: KeyScope;
  readonly #rows = new Map<number, HeapKeyedRows>();

  constructor(descriptor: RowsDescriptor, scope: KeyScope) {
    this.descriptor = descriptor;
    this.#scope = scope;
  }

  at(namespace: number): HeapKeyedRows {
    const known = this.#rows.get(namespace);
    if (known !== undefined) return known;
    const rows = new HeapKeyedRows(this.descriptor, this.#scope);
    this.#rows.set(namespace, rows);
    return rows;
  }

  get(namespace: number): HeapKeyedRows | undefined {
    return this.#rows.get(namespace);
  }

  namespaces(): readonly number[] {
    return [...this.#rows.keys()].sort((a, b) => a - b);
  }

  drop(namespace: number): void {
    this.#rows.delete(namespace);
  }

  clear(): void {
    this.#rows.clear();
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const rows of this.#rows.values()) bytes += rows.sizeBytes;
    return bytes;
  }

  freeze(): readonly { readonly namespace: number; readonly rows: FrozenRows }[] {
    return this.namespaces().map((namespace) => ({ namespace, rows: this.at(namespace).freeze() }));
  }
}
