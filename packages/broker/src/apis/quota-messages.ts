import type { QuotaEntity } from '../quotas/quota-entity.ts';

/** The parts of an entity by their names on the wire. Limits for addresses (`ip`) are not served. */
export const ENTITY_TYPES = { user: 'user', 'client-id': 'clientId' } as const satisfies Readonly<
  Record<string, keyof QuotaEntity>
>;

/** The part of an entity that a name on the wire means; undefined for none. */
export function entityPart(type: string): keyof QuotaEntity | undefined {
  return Object.entries(ENTITY_TYPES).find(([name]) => name === type)?.[1];
}

/** The parts an entity has, as on the wire. */
export function entityParts(entity: QuotaEntity): { readonly type: string; readonly name: string | null }[] {
  return Object.entries(ENTITY_TYPES).flatMap(([type, part]) => {
    const name = entity[part];
    return name === undefined ? [] : [{ type, name }];
  });
}
