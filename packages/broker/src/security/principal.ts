/**
 * Who a request comes from, as Kafka writes it in ACLs and quotas. The only principal type is `User`.
 */
export type Principal = `User:${string}`;

/** Whoever comes in through a listener that asks nobody for a name. */
export const ANONYMOUS: Principal = 'User:ANONYMOUS';

/** The principal of a user name. */
export function principalOf(user: string): Principal {
  return `User:${user}`;
}

/** The name without its type, as quotas store it. */
export function userOf(principal: Principal): string {
  return principal.slice('User:'.length);
}
