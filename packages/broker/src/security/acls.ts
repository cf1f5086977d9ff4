import { join } from 'node:path';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';
import { type Acl, aclKey } from './acl.ts';
import { type AclFilter, matchesFilter } from './acl-filter.ts';

/** More rules than this are refused: every wish that is not remembered looks at all of them. */
const ACLS_MAX = 10_000;

/** A line of `acls.journal`. */
interface Entry {
  readonly kind: 'add' | 'remove';
  readonly acls: readonly Acl[];
}

/** The rules, durable. */
export class Acls {
  private readonly byKey = new Map<string, Acl>();
  private readonly journal: Journal<Entry>;
  private readonly listeners: (() => void)[] = [];

  constructor(options: { readonly dataDir: string; readonly flush: FlushPolicy; readonly onSync: () => void }) {
    this.journal = new Journal<Entry>({
      path: join(options.dataDir, 'acls.journal'),
      flush: options.flush,
      replay: (entry) => this.apply(entry),
      snapshot: () => (this.byKey.size === 0 ? [] : [{ kind: 'add', acls: [...this.byKey.values()] }]),
      onSync: options.onSync,
    });
  }

  get size(): number {
    return this.byKey.size;
  }

  all(): Iterable<Acl> {
    return this.byKey.values();
  }

  find(filter: AclFilter): Acl[] {
    return [...this.byKey.values()].filter((acl) => matchesFilter(acl, filter));
  }

  /** Whether so many more can be kept. */
  hasRoomFor(count: number): boolean {
    return this.byKey.size + count <= ACLS_MAX;
  }

  /** Adds rules, in force at once, durable when the promise resolves. One that is there already changes nothing. */
  add(acls: readonly Acl[]): Promise<void> {
    return this.record({ kind: 'add', acls: acls.filter((acl) => !this.byKey.has(aclKey(acl))) });
  }

  /** Removes rules, at once, durably when the promise resolves. */
  remove(acls: readonly Acl[]): Promise<void> {
    return this.record({ kind: 'remove', acls: acls.filter((acl) => this.byKey.has(aclKey(acl))) });
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private async record(entry: Entry): Promise<void> {
    if (entry.acls.length > 0) await this.journal.append(entry);
  }

  private apply({ kind, acls }: Entry): void {
    for (const acl of acls) {
      if (kind === 'add') this.byKey.set(aclKey(acl), acl);
      else this.byKey.delete(aclKey(acl));
    }
    for (const listener of this.listeners) listener();
  }
}
