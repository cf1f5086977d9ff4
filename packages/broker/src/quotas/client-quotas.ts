import { join } from 'node:path';
import type { FlushPolicy } from '../files/group-commit.ts';
import { Journal } from '../files/journal.ts';
import {
  type AppliedQuota,
  entityKey,
  findQuota,
  type QuotaEntity,
  type QuotaKey,
  type QuotaLimits,
} from './quota-entity.ts';

/** More entities with limits than this are refused. */
const ENTITIES_MAX = 10_000;

/** A line of `quotas.journal`: the limits of an entity from now on; none deletes it. */
export interface QuotaChange {
  readonly entity: QuotaEntity;
  readonly limits: QuotaLimits;
}

/** The limits that administrators set, durable. */
export class ClientQuotas {
  private readonly byEntity = new Map<string, QuotaChange>();
  private readonly journal: Journal<readonly QuotaChange[]>;

  constructor(options: { readonly dataDir: string; readonly flush: FlushPolicy; readonly onSync: () => void }) {
    this.journal = new Journal<readonly QuotaChange[]>({
      path: join(options.dataDir, 'quotas.journal'),
      flush: options.flush,
      replay: (changes) => this.apply(changes),
      snapshot: () => (this.byEntity.size === 0 ? [] : [[...this.byEntity.values()]]),
      onSync: options.onSync,
    });
  }

  all(): readonly QuotaChange[] {
    return [...this.byEntity.values()];
  }

  limitsOf(entity: QuotaEntity): QuotaLimits {
    return this.byEntity.get(entityKey(entity))?.limits ?? {};
  }

  /** The limit that holds for a user on a client. */
  find(user: string, clientId: string, key: QuotaKey): AppliedQuota | undefined {
    if (this.byEntity.size === 0) return undefined;
    return findQuota(user, clientId, key, (entity) => this.limitsOf(entity));
  }

  hasRoomFor(count: number): boolean {
    return this.byEntity.size + count <= ENTITIES_MAX;
  }

  /** Sets limits, in force at once, durable when the promise resolves. */
  async change(changes: readonly QuotaChange[]): Promise<void> {
    if (changes.length > 0) await this.journal.append(changes);
  }

  compact(): Promise<void> {
    return this.journal.compact();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private apply(changes: readonly QuotaChange[]): void {
    for (const change of changes) {
      const key = entityKey(change.entity);
      if (Object.keys(change.limits).length === 0) this.byEntity.delete(key);
      else this.byEntity.set(key, change);
    }
  }
}
