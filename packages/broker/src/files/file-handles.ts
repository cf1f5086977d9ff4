import { closeSync, constants, openSync } from 'node:fs';

interface Handle {
  readonly fd: number;
  pins: number;
  /** Closed with the last pin: somebody else may use the path meanwhile. */
  isForgotten: boolean;
}

/** A descriptor that stays open until it is released. */
export interface PinnedFile {
  readonly path: string;
  readonly fd: number;
  release(): void;
}

/**
 * The open files of all partitions, at most `max` at a time plus those that are being synced: a thousand partitions with
 * ten segments each are ten thousand files. The least recently used one is closed first; opening it again costs some
 * microseconds. A file with bytes that are not on the disk yet is pinned, so that a failed sync is reported to the
 * descriptor that wrote them.
 */
export class FileHandles {
  private readonly byPath = new Map<string, Handle>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.byPath.size;
  }

  /** A descriptor for reading and writing, the file created when it is missing. Good until the next call. */
  use(path: string): number {
    return this.handle(path).fd;
  }

  pin(path: string): PinnedFile {
    const handle = this.handle(path);
    handle.pins++;
    return {
      path,
      fd: handle.fd,
      release: () => {
        handle.pins--;
        if (handle.isForgotten && handle.pins === 0) closeSync(handle.fd);
      },
    };
  }

  /** Lets go of a file that is renamed or deleted; while it is pinned its descriptor stays open, for whoever pinned it. */
  forget(path: string): void {
    const handle = this.byPath.get(path);
    if (handle === undefined) return;
    this.byPath.delete(path);
    handle.isForgotten = true;
    if (handle.pins === 0) closeSync(handle.fd);
  }

  private handle(path: string): Handle {
    const present = this.byPath.get(path);
    if (present !== undefined) {
      this.byPath.delete(path);
      this.byPath.set(path, present);
      return present;
    }
    this.evict();
    const handle = { fd: openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666), pins: 0, isForgotten: false };
    this.byPath.set(path, handle);
    return handle;
  }

  private evict(): void {
    for (const [path, handle] of this.byPath) {
      if (this.byPath.size < this.max) return;
      if (handle.pins === 0) this.forget(path);
    }
  }
}
