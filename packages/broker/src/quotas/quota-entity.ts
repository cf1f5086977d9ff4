/** The rates that can be limited, in bytes per second. */
export const QUOTA_KEYS = ['producer_byte_rate', 'consumer_byte_rate'] as const;
export type QuotaKey = (typeof QUOTA_KEYS)[number];

/**
 * Whom a limit is for (KIP-13, KIP-55): a user, a client id, or both. Null is the default: every user, or every client
 * id, that has no limit of its own. A part that is left out does not matter. One part is always there.
 */
export interface QuotaEntity {
  readonly user?: string | null;
  readonly clientId?: string | null;
}

/** Limits of one entity; absent ones are none. */
export type QuotaLimits = Readonly<Partial<Record<QuotaKey, number>>>;

/** Equal for equal entities. */
export function entityKey({ user, clientId }: QuotaEntity): string {
  return JSON.stringify([user === undefined ? [] : [user], clientId === undefined ? [] : [clientId]]);
}

/** The limit that holds for somebody, and with whom it is shared. */
export interface AppliedQuota {
  readonly limit: number;
  /** Whoever has the same key spends from the same limit. */
  readonly sharedBy: string;
}

/**
 * Kafka's order, from the most to the least specific; the first entity with the limit wins:
 *
 *     user + client id, user + default client, user, default user + client id, default user + default client,
 *     default user, client id, default client
 *
 * A limit for users is shared by all clients of a user, a limit for client ids by all users of a client id. A default is
 * not shared by those it holds for: each has it for itself.
 */
export function findQuota(
  user: string,
  clientId: string,
  key: QuotaKey,
  limitsOf: (entity: QuotaEntity) => QuotaLimits | undefined,
): AppliedQuota | undefined {
  const both = entityKey({ user, clientId });
  const candidates: readonly (readonly [QuotaEntity, sharedBy: string])[] = [
    [{ user, clientId }, both],
    [{ user, clientId: null }, both],
    [{ user }, entityKey({ user })],
    [{ user: null, clientId }, both],
    [{ user: null, clientId: null }, both],
    [{ user: null }, entityKey({ user })],
    [{ clientId }, entityKey({ clientId })],
    [{ clientId: null }, entityKey({ clientId })],
  ];
  for (const [entity, sharedBy] of candidates) {
    const limit = limitsOf(entity)?.[key];
    if (limit !== undefined) return { limit, sharedBy };
  }
  return undefined;
}
