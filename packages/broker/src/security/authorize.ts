import { type Acl, EVERYBODY, type Operation, type ResourceType, WILDCARD } from './acl.ts';
import type { Principal } from './principal.ts';

/** What somebody wants to do with one resource. */
export interface Wish {
  readonly principal: Principal;
  readonly host: string;
  readonly operation: Operation;
  readonly resourceType: ResourceType;
  readonly resourceName: string;
}

/** What holds beside the rules (super.users, allow.everyone.if.no.acl.found). */
export interface Defaults {
  readonly superUsers: ReadonlySet<string>;
  readonly allowIfNoAcl: boolean;
}

/** Whoever may do one of these may describe what it is done to. */
const IMPLIES: Readonly<Partial<Record<Operation, readonly Operation[]>>> = {
  Describe: ['Read', 'Write', 'Delete', 'Alter'],
  DescribeConfigs: ['AlterConfigs'],
};

/**
 * Kafka's decision (StandardAuthorizer): super users may do everything; a rule that denies wins over any that allows;
 * without a rule for the resource the default holds; with rules, but none for the wish, the answer is no. Implied
 * operations count for rules that allow, not for rules that deny.
 */
export function isAllowed(wish: Wish, acls: Iterable<Acl>, defaults: Defaults): boolean {
  if (defaults.superUsers.has(wish.principal)) return true;
  let hasRules = false;
  let allowed = false;
  for (const acl of acls) {
    if (acl.resourceType !== wish.resourceType || !coversName(acl, wish.resourceName)) continue;
    hasRules = true;
    if (!isFor(acl, wish)) continue;
    if (acl.permission === 'Deny' && covers(acl.operation, wish.operation)) return false;
    if (acl.permission === 'Allow' && grants(acl.operation, wish.operation)) allowed = true;
  }
  return allowed || (!hasRules && defaults.allowIfNoAcl);
}

/**
 * Whether there may be any resource of the type with which the wish is allowed (KIP-679: who may write to some topic may
 * be an idempotent producer). A rule that allows counts unless one that denies covers all that it allows.
 */
export function isAllowedSomewhere(wish: Omit<Wish, 'resourceName'>, acls: Iterable<Acl>, defaults: Defaults): boolean {
  if (defaults.superUsers.has(wish.principal)) return true;
  const rules = [...acls].filter((acl) => acl.resourceType === wish.resourceType && isFor(acl, wish));
  const denials = rules.filter((acl) => acl.permission === 'Deny' && covers(acl.operation, wish.operation));
  if (denials.some(isForAllNames)) return false;
  const grantsLeft = rules.some(
    (acl) =>
      acl.permission === 'Allow' &&
      grants(acl.operation, wish.operation) &&
      !denials.some((denial) => coversPattern(denial, acl)),
  );
  return grantsLeft || defaults.allowIfNoAcl;
}

function isFor(acl: Acl, { principal, host }: Omit<Wish, 'resourceName'>): boolean {
  return (acl.principal === principal || acl.principal === EVERYBODY) && (acl.host === WILDCARD || acl.host === host);
}

function coversName(acl: Acl, name: string): boolean {
  return acl.patternType === 'Prefixed'
    ? name.startsWith(acl.resourceName)
    : acl.resourceName === name || acl.resourceName === WILDCARD;
}

function isForAllNames({ patternType, resourceName }: Acl): boolean {
  return patternType === 'Literal' && resourceName === WILDCARD;
}

function coversPattern(denial: Acl, allowed: Acl): boolean {
  if (isForAllNames(allowed)) return false;
  if (denial.patternType === 'Prefixed') return allowed.resourceName.startsWith(denial.resourceName);
  return allowed.patternType === 'Literal' && allowed.resourceName === denial.resourceName;
}

function covers(ruled: Operation, wished: Operation): boolean {
  return ruled === 'All' || ruled === wished;
}

function grants(ruled: Operation, wished: Operation): boolean {
  return covers(ruled, wished) || (IMPLIES[wished]?.includes(ruled) ?? false);
}
