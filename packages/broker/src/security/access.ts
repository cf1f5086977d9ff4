import type { ResourceType } from './acl.ts';
import type { Authorizer } from './authorizer.ts';
import { NEEDED_OPERATIONS, type Need } from './needed-operations.ts';
import type { Principal } from './principal.ts';

/** What the author of one request may do. A handler asks before it looks at a resource, and for what its API needs only. */
export class Access {
  private readonly apiName: string;
  private readonly principal: Principal;
  private readonly host: string;
  private readonly authorizer: Authorizer;

  constructor(apiName: string, principal: Principal, host: string, authorizer: Authorizer) {
    this.apiName = apiName;
    this.principal = principal;
    this.host = host;
    this.authorizer = authorizer;
  }

  /** Whether something may be done with a resource; without a name, with the cluster. */
  may(need: Need, name?: string): boolean {
    this.assertDeclared(need);
    return this.authorizer.allows(this.principal, this.host, need, name);
  }

  /** Whether it may be done with any resource of the type. */
  maySomewhere(need: Need): boolean {
    this.assertDeclared(need);
    return this.authorizer.allowsSomewhere(this.principal, this.host, need);
  }

  /** Everything that may be done with a resource, as bits. */
  operationBits(type: ResourceType, name?: string): number {
    return this.authorizer.operationBits(this.principal, this.host, type, name);
  }

  private assertDeclared(need: Need): void {
    if (NEEDED_OPERATIONS[this.apiName]?.includes(need)) return;
    throw new Error(`${this.apiName} asks for ${need}, which is not in the table of needed operations`);
  }
}
