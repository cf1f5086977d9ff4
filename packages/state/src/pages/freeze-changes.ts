import type { StateScope } from '@millrace/contracts';
import type { HeapPart } from '../heap/heap-keyed-state.ts';
import { HeapTableState } from '../heap/heap-table-state.ts';
import type { HeapTimersState } from '../heap/heap-timers-state.ts';
import type { HeapValuesState } from '../heap/heap-values-state.ts';
import { HeapRowsState } from '../rows/heap-rows-state.ts';
import { encodeGroup } from '../segment/group-codec.ts';
import type { Frame } from '../segment/segment.ts';
import type { Chain, ChainPlace, WriteFiles } from './chain.ts';
import { freezePages, type TrackedTable } from './freeze-pages.ts';

/** A namespace as the manifest of a file lists it: its tables are those of these generations, cut to these sizes. */
export interface ListedNamespace {
  readonly namespace: number;
  readonly keys: { readonly generation: number; readonly size: number };
  readonly rows?: { readonly generation: number; readonly size: number };
}

/** What the first frame of a file of a chain says. */
export interface ChainManifest {
  readonly operator: string;
  readonly subtask: number;
  readonly maxParallelism: number;
  readonly descriptors: StateScope['descriptors'];
  readonly chain: ChainPlace;
  readonly namespaces: Readonly<Record<string, readonly ListedNamespace[]>>;
}

/** Freezes what changed since the last file of the chain, and writes it as the next one. Values and timers are in every file whole. */
export class ChangesFreezer {
  readonly #scope: StateScope;
  readonly #chain: Chain;
  #listed = '';

  constructor(scope: StateScope, chain: Chain) {
    this.#scope = scope;
    this.#chain = chain;
  }

  freeze(parts: readonly HeapPart[]): WriteFiles {
    const tables = parts.flatMap(tablesOf);
    const isAnew = !this.#chain.holds;
    if (isAnew) for (const { table } of tables) table.places.forgetImages();
    const namespaces = Object.fromEntries(
      parts.filter(isPaged).map((part) => [part.descriptor.name, part.namespaces().map((at) => listed(part, at))]),
    );
    const listing = JSON.stringify(namespaces);
    const groups = parts.filter((part): part is HeapValuesState | HeapTimersState => !isPaged(part));
    const isForced = isAnew || listing !== this.#listed || groups.some((part) => part.isChanged);
    const frozen = freezePages(tables, this.#chain.next, isForced);
    if (frozen === undefined) return this.#chain.repeat();
    this.#listed = listing;
    const taken = groups.map((part) => ({ descriptor: part.descriptor, groups: part.freezeSliced() }));
    return this.#chain.append(frozen.oldestFile, async (chain) => {
      const frames: Frame[] = [this.#manifest(chain, namespaces), ...frozen.frames];
      for (const part of taken)
        frames.push(...(await part.groups()).map((group) => encodeGroup(part.descriptor, group)));
      return frames;
    });
  }

  #manifest(chain: ChainPlace, namespaces: ChainManifest['namespaces']): Frame {
    const { operator, subtask, keyGroups, maxParallelism, descriptors } = this.#scope;
    return { meta: { operator, subtask, keyGroups, maxParallelism, descriptors, chain, namespaces }, blocks: [] };
  }
}

function isPaged(part: HeapPart): part is HeapTableState | HeapRowsState {
  return part instanceof HeapTableState || part instanceof HeapRowsState;
}

function tablesOf(part: HeapPart): readonly TrackedTable[] {
  if (!isPaged(part)) return [];
  return part.namespaces().flatMap((namespace): TrackedTable[] => {
    const owner = { page: part.descriptor.name, namespace };
    if (part instanceof HeapTableState) {
      const table = part.at(namespace);
      return [{ owner: { ...owner, holds: 'keys', generation: table.places.generation }, table }];
    }
    const rows = part.at(namespace);
    rows.compareMarks();
    const { keyPages, rowPages } = rows;
    return [
      { owner: { ...owner, holds: 'keys', generation: keyPages.places.generation }, table: keyPages },
      { owner: { ...owner, holds: 'rows', generation: rowPages.places.generation }, table: rowPages },
    ];
  });
}

function listed(part: HeapTableState | HeapRowsState, namespace: number): ListedNamespace {
  if (part instanceof HeapTableState) {
    const { places, size } = part.at(namespace);
    return { namespace, keys: { generation: places.generation, size } };
  }
  const { keyPages, rowPages } = part.at(namespace);
  return {
    namespace,
    keys: { generation: keyPages.places.generation, size: keyPages.size },
    rows: { generation: rowPages.places.generation, size: rowPages.size },
  };
}
