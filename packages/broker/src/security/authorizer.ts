import { type Acl, CLUSTER_NAME, OPERATIONS, OPERATIONS_OF, type Operation, type ResourceType } from './acl.ts';
import type { Acls } from './acls.ts';
import { type Defaults, isAllowed, isAllowedSomewhere } from './authorize.ts';
import type { Need } from './needed-operations.ts';
import { ANONYMOUS, type Principal } from './principal.ts';

/**
 * Which rules hold.
 *
 * - `auto`: the broker is open until somebody protects it. The first user shuts out whoever is not logged in, where there
 *   is a listener to log in on; from the first ACL on, Kafka's rules hold.
 * - `acls`: Kafka's rules hold from the start, so without super users and ACLs nobody may do anything.
 * - `off`: everybody may do everything, and ACLs cannot be made.
 */
export type AuthorizerMode = 'auto' | 'acls' | 'off';

/** What is in force now, of what {@link AuthorizerMode} allows. */
type Stance = 'open' | 'logged-in' | 'acls';

/** Decisions remembered until a rule changes; more wishes than that are decided anew. */
const REMEMBERED_MAX = 10_000;
const REMEMBERED_LENGTH_MAX = 1000;

/** Decides what principals may do. */
export class Authorizer {
  readonly mode: AuthorizerMode;
  private readonly acls: Acls;
  private readonly users: { readonly size: number };
  private readonly asksForLogin: boolean;
  private readonly defaults: Defaults;
  private readonly remembered = new Map<string, boolean>();

  /** @param options.asksForLogin whether any listener does */
  constructor(options: {
    readonly mode: AuthorizerMode;
    readonly acls: Acls;
    readonly users: { readonly size: number };
    readonly asksForLogin: boolean;
    readonly superUsers: readonly string[];
    readonly allowIfNoAcl: boolean;
  }) {
    this.mode = options.mode;
    this.acls = options.acls;
    this.users = options.users;
    this.asksForLogin = options.asksForLogin;
    this.defaults = { superUsers: new Set(options.superUsers), allowIfNoAcl: options.allowIfNoAcl };
    this.acls.onChange(() => this.remembered.clear());
  }

  /** Whether a principal, from an address, may do something with a resource. */
  allows(principal: Principal, host: string, need: Need, name: string = CLUSTER_NAME): boolean {
    const stance = this.stance();
    if (stance !== 'acls') return stance === 'open' || principal !== ANONYMOUS || this.isSuperUser(principal);
    const key = JSON.stringify([principal, host, need, name]);
    const known = this.remembered.get(key);
    if (known !== undefined) return known;
    const decision = isAllowed({ principal, host, ...partsOf(need), resourceName: name }, this.rules(), this.defaults);
    // Names come from clients: a long one is not worth its memory.
    if (key.length > REMEMBERED_LENGTH_MAX) return decision;
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
    this.remembered.set(key, decision);
    return decision;
  }

  /** Whether there may be a resource of the type with which it is allowed. */
  allowsSomewhere(principal: Principal, host: string, need: Need): boolean {
    const stance = this.stance();
    if (stance !== 'acls') return this.allows(principal, host, need);
    return isAllowedSomewhere({ principal, host, ...partsOf(need) }, this.rules(), this.defaults);
  }

  /** What may be done with a resource, as the bits of "authorized operations" (KIP-430). */
  operationBits(principal: Principal, host: string, type: ResourceType, name: string = CLUSTER_NAME): number {
    return OPERATIONS_OF[type]
      .filter((operation) => this.allows(principal, host, `${type}:${operation}`, name))
      .reduce((bits, operation) => bits | (1 << OPERATIONS[operation]), 0);
  }

  private stance(): Stance {
    switch (this.mode) {
      case 'off':
        return 'open';
      case 'acls':
        return 'acls';
      case 'auto':
        if (this.acls.size > 0) return 'acls';
        return this.users.size > 0 && this.asksForLogin ? 'logged-in' : 'open';
    }
  }

  private rules(): Iterable<Acl> {
    return this.acls.all();
  }

  private isSuperUser(principal: Principal): boolean {
    return this.defaults.superUsers.has(principal);
  }
}

function partsOf(need: Need): { readonly resourceType: ResourceType; readonly operation: Operation } {
  const [resourceType, operation] = need.split(':') as [ResourceType, Operation];
  return { resourceType, operation };
}
