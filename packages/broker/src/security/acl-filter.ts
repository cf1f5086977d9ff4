import type { Acl, Operation, PatternType, Permission, ResourceType } from './acl.ts';
import { WILDCARD } from './acl.ts';

/** Which rules are meant. Undefined and null are any. */
export interface AclFilter {
  readonly resourceType: ResourceType | undefined;
  readonly resourceName: string | null;
  /** `Match`: the rules that hold for a resource of the name, whatever their pattern. */
  readonly patternType: PatternType | 'Match' | undefined;
  readonly principal: string | null;
  readonly host: string | null;
  readonly operation: Operation | undefined;
  readonly permission: Permission | undefined;
}

/** KIP-290: ResourcePatternFilter and AccessControlEntryFilter. */
export function matchesFilter(acl: Acl, filter: AclFilter): boolean {
  return (
    (filter.resourceType === undefined || filter.resourceType === acl.resourceType) &&
    matchesName(acl, filter) &&
    (filter.principal === null || filter.principal === acl.principal) &&
    (filter.host === null || filter.host === acl.host) &&
    (filter.operation === undefined || filter.operation === acl.operation) &&
    (filter.permission === undefined || filter.permission === acl.permission)
  );
}

function matchesName(acl: Acl, { resourceName, patternType }: AclFilter): boolean {
  if (patternType !== undefined && patternType !== 'Match' && patternType !== acl.patternType) return false;
  if (resourceName === null || resourceName === acl.resourceName) return true;
  if (patternType !== 'Match') return false;
  return acl.patternType === 'Prefixed' ? resourceName.startsWith(acl.resourceName) : acl.resourceName === WILDCARD;
}
