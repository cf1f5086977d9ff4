import type { StateScope } from '@millrace/contracts';
import type { AccumulatorValues } from '../heap/accumulators.ts';
import type { FrozenTable } from '../heap/hash-table.ts';
import type { HeapPart } from '../heap/heap-keyed-state.ts';
import { HeapTableState } from '../heap/heap-table-state.ts';
import { rowsWithin } from '../heap/write-snapshot.ts';
import { HeapRowsState } from '../rows/heap-rows-state.ts';
import { int32sOf } from '../segment/column-codec.ts';
import { corrupt, type Frame } from '../segment/segment.ts';
import type { ChainManifest, ListedNamespace } from './freeze-changes.ts';
import type { PageMeta } from './page-codec.ts';
import { PageImage } from './page-image.ts';

/** The tables of one subtask put together from the files of its chain, the newest first. */
export class ChainReader {
  readonly #newest: ChainManifest;
  readonly #images = new Map<string, PageImage>();
  #file: number;
  #location: string;

  /** `location` is that of the newest file. */
  constructor(newest: ChainManifest, location: string) {
    this.#newest = newest;
    this.#location = location;
    this.#file = newest.chain.file + 1;
    for (const [name, namespaces] of Object.entries(newest.namespaces)) {
      for (const { namespace, keys, rows } of namespaces) {
        this.#images.set(imageName(name, 'keys', namespace, keys.generation), new PageImage(keys.size));
        if (rows !== undefined)
          this.#images.set(imageName(name, 'rows', namespace, rows.generation), new PageImage(rows.size));
      }
    }
  }

  /** Whether a file is the one before the last that was read, of the same chain. */
  continues({ operator, subtask, chain }: ChainManifest): boolean {
    const { operator: own, subtask: ownSubtask, chain: newest } = this.#newest;
    return operator === own && subtask === ownSubtask && chain.file === this.#file - 1 && chain.file >= newest.oldest;
  }

  read({ chain }: ChainManifest, frames: readonly Frame[], location: string): void {
    this.#file = chain.file;
    this.#location = location;
    for (const { meta, blocks } of frames) {
      const page = meta as PageMeta;
      if (page.page === undefined) continue;
      this.#images.get(imageName(page.page, page.holds, page.namespace, page.generation))?.put(page, blocks);
    }
  }

  /** Puts what belongs to the scope into `parts`, once all files were read. */
  finish(scope: StateScope, parts: ReadonlyMap<string, HeapPart>): void {
    const { oldest } = this.#newest.chain;
    if (this.#file > oldest)
      throw corrupt(
        this.#location,
        `it builds on files ${oldest} to ${this.#file - 1}, which the checkpoint does not name`,
      );
    for (const [name, namespaces] of Object.entries(this.#newest.namespaces)) {
      const part = parts.get(name);
      for (const namespace of namespaces) {
        if (part instanceof HeapTableState) this.#restoreTable(scope, part, namespace);
        else if (part instanceof HeapRowsState) this.#restoreRows(scope, part, namespace);
      }
    }
  }

  #restoreTable(scope: StateScope, part: HeapTableState, { namespace, keys }: ListedNamespace): void {
    const image = this.#image(part.descriptor.name, 'keys', namespace, keys.generation);
    const stored = this.#storedDescriptor(part.descriptor.name);
    const accumulators = stored?.kind === 'table' ? stored.accumulators.length : 0;
    const table = this.#table(image, part.descriptor.keyTypes.length, accumulators);
    part.at(namespace).restore(table, liveWithin(scope, image, table.hashes));
  }

  #restoreRows(scope: StateScope, part: HeapRowsState, { namespace, keys, rows }: ListedNamespace): void {
    const { name, keyTypes, keyMarks, rowTypes, rowMarks, order } = part.descriptor;
    const keyImage = this.#image(name, 'keys', namespace, keys.generation);
    const rowImage = this.#image(name, 'rows', namespace, rows?.generation ?? 0);
    const table = this.#table(keyImage, keyTypes.length, keyMarks.length);
    const linked = this.#live(rowImage);
    const keyOf = new Int32Array(rows?.size ?? 0).fill(-1);
    const owners = rowImage.changing(0);
    for (const id of linked) keyOf[id] = Number(owners[id]);
    const lists = order === 'given' ? keyImage.run(keyMarks.length) : undefined;
    const stored = {
      keys: table,
      keyOf,
      order: lists?.kind === 'bytes' ? int32sOf(runOf(lists, this.#live(keyImage))) : linked,
      columns: rowImage.isEmpty ? [] : rowTypes.map((_, column) => rowImage.fixed(column)),
      marks: rowMarks.map((_, mark) => rowImage.changing(1 + mark)),
    };
    part.at(namespace).restore(stored, liveWithin(scope, keyImage, table.hashes));
  }

  #table(image: PageImage, keys: number, accumulators: number): FrozenTable {
    if (image.isEmpty) return { hashes: new Int32Array(0), keys: [], accumulators: [] };
    const hashes = image.fixed(0);
    return {
      hashes: hashes.kind === 'int32' ? hashes.values : new Int32Array(0),
      keys: Array.from({ length: keys }, (_, key) => image.fixed(1 + key)),
      accumulators: Array.from({ length: accumulators }, (_, at): AccumulatorValues => image.changing(at)),
    };
  }

  #image(name: string, holds: PageMeta['holds'], namespace: number, generation: number): PageImage {
    return this.#images.get(imageName(name, holds, namespace, generation)) ?? new PageImage(0);
  }

  #live(image: PageImage): Int32Array {
    const live = image.live();
    if (live === undefined) throw corrupt(this.#location, 'pages are missing');
    return live;
  }

  #storedDescriptor(name: string) {
    return this.#newest.descriptors.find((descriptor) => descriptor.name === name);
  }
}

function liveWithin(scope: StateScope, image: PageImage, hashes: Int32Array): Int32Array {
  const isLive = new Uint8Array(hashes.length);
  for (const place of image.live() ?? []) isLive[place] = 1;
  return rowsWithin(hashes, scope.keyGroups, scope.maxParallelism).filter((row) => isLive[row] === 1);
}

function runOf(
  { bytes, starts, ends }: { bytes: Uint8Array; starts: Int32Array; ends: Int32Array },
  slots: Int32Array,
): Uint8Array {
  const parts = Array.from(slots, (slot) => bytes.subarray(starts[slot], ends[slot]));
  return new Uint8Array(Buffer.concat(parts));
}

function imageName(name: string, holds: PageMeta['holds'], namespace: number, generation: number): string {
  return `${holds} ${namespace} ${generation} ${name}`;
}
