import { join } from 'node:path';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedAtMs: number;
}

/** One line of `group-offsets.journal`. Each is applied completely or not at all. */
type Entry =
  | {
      readonly kind: 'commit';
      readonly group: string;
      readonly offsets: readonly CommittedOffset[];
    }
  | {
      readonly kind: 'pend';
      readonly group: string;
      readonly producerId: number;
      readonly offsets: readonly CommittedOffset[];
    }
  | {
      readonly kind: 'end';
      readonly group: string;
      readonly producerId: number;
      readonly committed: boolean;
    }
  | { readonly kind: 'delete-group'; readonly group: string }
  | {
      readonly kind: 'delete-offset';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
    };

interface GroupOffsetState {
  readonly committed: Map<string, CommittedOffset>;
  readonly pending: Map<number, CommittedOffset[]>;
}

/** What groups have committed, durable, including offsets that wait for the end of a transaction. */
export class GroupOffsets {
  private readonly groups = new Map<string, GroupOffsetState>();
  private readonly journal: Journal<Entry>;

  constructor(options: {
    readonly dataDir: string;
    readonly flush: FlushPolicy;
    readonly onSync: () => void;
  }) {
    this.journal = new Journal<Entry>({
      path: join(options.dataDir, 'group-offsets.journal'),
      flush: options.flush,
      replay: (entry) => this.apply(entry),
      snapshot: () => this.snapshot(),
      onSync: options.onSync,
    });
  }

  groupIds(): string[] {
    return [...this.groups.keys()];
  }

  has(group: string): boolean {
    return this.groups.has(group);
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.groups.get(group)?.committed.get(key(topic, partition));
  }

  all(group: string): CommittedOffset[] {
    return [...(this.groups.get(group)?.committed.values() ?? [])];
  }

  /** Whether a transaction holds an offset for this partition that is neither committed nor aborted yet. */
  isPending(group: string, topic: string, partition: number): boolean {
    for (const offsets of this.groups.get(group)?.pending.values() ?? []) {
      if (offsets.some((o) => o.topic === topic && o.partition === partition)) return true;
    }
    return false;
  }

  commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.write({ kind: 'commit', group, offsets });
  }

  /** Keeps offsets until the producer's transaction ends. */
  pend(group: string, producerId: number, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.write({ kind: 'pend', group, producerId, offsets });
  }

  /** Applies or drops what a transaction left. Doing it twice is harmless. */
  endTransaction(group: string, producerId: number, committed: boolean): Promise<void> {
    if (!this.groups.get(group)?.pending.has(producerId)) return Promise.resolve();
    return this.write({ kind: 'end', group, producerId, committed });
  }

  deleteGroup(group: string): Promise<void> {
    return this.write({ kind: 'delete-group', group });
  }

  deleteOffset(group: string, topic: string, partition: number): Promise<void> {
    return this.write({ kind: 'delete-offset', group, topic, partition });
  }

  /** Drops the offsets of a deleted topic, so that a new topic of that name starts clean. */
  async deleteTopic(topic: string): Promise<void> {
    const doomed = [...this.groups].flatMap(([group, state]) =>
      [...state.committed.values()].filter((o) => o.topic === topic).map((o) => ({ group, partition: o.partition })),
    );
    await Promise.all(doomed.map(({ group, partition }) => this.deleteOffset(group, topic, partition)));
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private write(entry: Entry): Promise<void> {
    return this.journal.append(entry);
  }

  private apply(entry: Entry): void {
    switch (entry.kind) {
      case 'commit':
        this.store(entry.group, entry.offsets);
        return;
      case 'pend': {
        const { pending } = this.stateOf(entry.group);
        pending.set(entry.producerId, [...(pending.get(entry.producerId) ?? []), ...entry.offsets]);
        return;
      }
      case 'end': {
        const { pending } = this.stateOf(entry.group);
        const offsets = pending.get(entry.producerId) ?? [];
        pending.delete(entry.producerId);
        if (entry.committed) this.store(entry.group, offsets);
        return;
      }
      case 'delete-group':
        this.groups.delete(entry.group);
        return;
      case 'delete-offset':
        this.groups.get(entry.group)?.committed.delete(key(entry.topic, entry.partition));
        return;
    }
  }

  private store(group: string, offsets: readonly CommittedOffset[]): void {
    const { committed } = this.stateOf(group);
    for (const offset of offsets) committed.set(key(offset.topic, offset.partition), offset);
  }

  private stateOf(group: string): GroupOffsetState {
    let state = this.groups.get(group);
    if (state === undefined) {
      state = { committed: new Map(), pending: new Map() };
      this.groups.set(group, state);
    }
    return state;
  }

  private *snapshot(): Iterable<Entry> {
    for (const [group, { committed, pending }] of this.groups) {
      yield { kind: 'commit', group, offsets: [...committed.values()] };
      for (const [producerId, offsets] of pending) yield { kind: 'pend', group, producerId, offsets };
    }
  }
}

function key(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}
