import type { SnapshotWriter, StateScope } from '@millrace/contracts';
import type { StateHandle } from '@millrace/model';
import { type Frame, segmentParts } from '../segment/segment.ts';
import { fileSafe } from '../snapshots/checkpoint-directory.ts';

/** Which file of a chain this is, and from which one on they are part of the state, without a gap. */
export interface ChainPlace {
  readonly file: number;
  readonly oldest: number;
}

interface Link {
  status: 'pending' | 'written';
  /** Its file and those before it that it needs, oldest first; none before it is written. */
  handles: readonly StateHandle[];
}

/**
 * The files of one subtask of one operator that checkpoint after checkpoint adds to: each holds what changed since the one before. A file is part
 * of the state until no page has its image in it or before it.
 *
 * A file is of no use without those it builds on, so it builds only on what was written by the time of its freeze. What comes after a failure, after
 * a freeze that nobody wrote, or while the storage still takes the file before (its checkpoint is over by then) begins anew and waits for nothing.
 */
export class Chain {
  readonly #scope: StateScope;
  #last: Link | undefined;
  #files = 0;

  constructor(scope: StateScope) {
    this.#scope = scope;
  }

  /** Whether the last file is there to build upon. */
  get holds(): boolean {
    return this.#last?.status === 'written';
  }

  /** The number of the next file. */
  get next(): number {
    return this.#files + 1;
  }

  /** Takes the next number. `framesOf` is called when the file is about to be written. */
  append(oldest: number, framesOf: (place: ChainPlace) => Promise<readonly Frame[]>): WriteFiles {
    const file = this.next;
    this.#files = file;
    // One handle per file, the last of them of the file before this one.
    const held = this.#last?.handles ?? [];
    const kept = oldest < file ? held.slice(Math.max(0, held.length - (file - oldest))) : [];
    const link: Link = { status: 'pending', handles: [] };
    this.#last = link;
    return async (storage) => {
      const handle = await this.#write({ file, oldest }, framesOf, storage);
      link.handles = [...kept, handle];
      link.status = 'written';
      return [...kept.map(shared), handle];
    };
  }

  /** The same files again: nothing changed since the last. */
  repeat(): WriteFiles {
    const handles = (this.#last?.handles ?? []).map(shared);
    return async () => handles;
  }

  async #write(
    place: ChainPlace,
    framesOf: (place: ChainPlace) => Promise<readonly Frame[]>,
    storage: SnapshotWriter,
  ): Promise<StateHandle> {
    const frames = await framesOf(place);
    const { operator, subtask, keyGroups } = this.#scope;
    const name = `op-${fileSafe(operator)}-${subtask}-file-${place.file}`;
    return storage.write(name, keyGroups, segmentParts(frames));
  }
}

export type WriteFiles = (storage: SnapshotWriter) => Promise<readonly StateHandle[]>;

function shared(handle: StateHandle): StateHandle {
  return { ...handle, shared: true };
}
