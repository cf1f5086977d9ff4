import { fdatasync } from 'node:fs';
import { DiskRefusedError } from './disk-refused-error.ts';
import type { PinnedFile } from './file-handles.ts';

/** When written bytes are forced to the disk before they are acknowledged. */
export type FlushPolicy = 'group-commit' | 'none';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One fdatasync for everything that was written to a file while the previous one ran. The first write of an event-loop
 * turn schedules the sync for the end of that turn, so all appends of the turn share it.
 *
 * After a failed sync the state of the file is unknown and asking again would lie ("fsyncgate"): every later call fails.
 */
export class GroupCommit {
  private readonly file: () => PinnedFile;
  private readonly policy: FlushPolicy;
  private readonly onSync: () => void;
  private waiting: Waiter[] = [];
  private running = false;
  private idle: (() => void)[] = [];
  private failure: Error | undefined;
  /** What was written to and is not synced yet stays open. */
  private dirty: PinnedFile | undefined;

  constructor(file: () => PinnedFile, policy: FlushPolicy, onSync: () => void) {
    this.file = file;
    this.policy = policy;
    this.onSync = onSync;
  }

  /** The error after which nothing can be promised any more. */
  get failed(): Error | undefined {
    return this.failure;
  }

  /** Resolves when everything written before this call is on the disk. */
  flush(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.policy === 'none') return DONE;
    this.keepOpen(this.file());
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (!this.running) {
        this.running = true;
        setImmediate(() => this.sync());
      }
    });
  }

  /** Resolves when no sync uses the descriptor, which may then be closed. */
  settled(): Promise<void> {
    return this.running ? new Promise((resolve) => this.idle.push(resolve)) : DONE;
  }

  /** When the log went on in a new file, the former one was synced at its end. */
  private keepOpen(file: PinnedFile): void {
    this.dirty?.release();
    this.dirty = file;
  }

  private sync(): void {
    const batch = this.waiting;
    this.waiting = [];
    const file = this.dirty ?? this.file();
    this.dirty = undefined;
    fdatasync(file.fd, (error) => {
      file.release();
      this.onSync();
      if (error !== null) this.failure = new DiskRefusedError(file.path, error);
      const { failure } = this;
      for (const waiter of batch) failure === undefined ? waiter.resolve() : waiter.reject(failure);
      if (this.waiting.length > 0 && error === null) return this.sync();
      if (failure !== undefined) for (const waiter of this.waiting) waiter.reject(failure);
      this.dirty?.release();
      this.dirty = undefined;
      this.waiting = [];
      this.running = false;
      for (const resolve of this.idle.splice(0)) resolve();
    });
  }
}

const DONE = Promise.resolve();
