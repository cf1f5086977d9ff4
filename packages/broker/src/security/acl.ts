import type { Principal } from './principal.ts';

/** Numbers on the wire, in the order of Kafka's ResourceType, PatternType, AclOperation and AclPermissionType. */
export const RESOURCE_TYPES = { Topic: 2, Group: 3, Cluster: 4, TransactionalId: 5 } as const;
export const PATTERN_TYPES = { Literal: 3, Prefixed: 4 } as const;
export const OPERATIONS = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
} as const;
export const PERMISSIONS = { Deny: 2, Allow: 3 } as const;

export type ResourceType = keyof typeof RESOURCE_TYPES;
export type PatternType = keyof typeof PATTERN_TYPES;
export type Operation = keyof typeof OPERATIONS;
export type Permission = keyof typeof PERMISSIONS;

/** The only resource of type Cluster. */
export const CLUSTER_NAME = 'kafka-cluster';
/** As the name of a literal pattern: every resource of the type. As a host: from anywhere. */
export const WILDCARD = '*';
/** As a principal: everybody, whoever is not logged in included. */
export const EVERYBODY: Principal = 'User:*';

/** One rule: who, from where, may or may not do what with which resources. */
export interface Acl {
  readonly resourceType: ResourceType;
  readonly resourceName: string;
  readonly patternType: PatternType;
  readonly principal: string;
  readonly host: string;
  readonly operation: Operation;
  readonly permission: Permission;
}

/** What can be done with a resource of a type; the bits of "authorized operations" in descriptions. */
export const OPERATIONS_OF: Readonly<Record<ResourceType, readonly Operation[]>> = {
  Topic: ['Read', 'Write', 'Create', 'Describe', 'Delete', 'Alter', 'DescribeConfigs', 'AlterConfigs'],
  Group: ['Read', 'Describe', 'Delete', 'DescribeConfigs', 'AlterConfigs'],
  Cluster: ['Create', 'ClusterAction', 'DescribeConfigs', 'AlterConfigs', 'IdempotentWrite', 'Alter', 'Describe'],
  TransactionalId: ['Describe', 'Write'],
};

/** The name of a number; undefined for one that this broker, or Kafka, does not know. */
export function nameOf<Name extends string>(numbers: Readonly<Record<Name, number>>, number: number): Name | undefined {
  return (Object.keys(numbers) as Name[]).find((name) => numbers[name] === number);
}

/** Equal for two rules that say the same. */
export function aclKey(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation, permission } = acl;
  return JSON.stringify([resourceType, resourceName, patternType, principal, host, operation, permission]);
}
