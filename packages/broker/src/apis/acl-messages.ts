import type { Reader, Writer } from '@millrace/kafka-protocol';
import { type Acl, nameOf, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from '../security/acl.ts';
import type { AclFilter } from '../security/acl-filter.ts';

const ANY = 1;
const MATCH = 2;

/**
 * A filter of DescribeAcls and DeleteAcls; undefined when it has a number that means nothing here.
 *
 *     int8 resourceType · nullable string name · v1+ int8 patternType · nullable string principal · nullable string host
 *     · int8 operation · int8 permission          (1 is any, pattern type 2 whatever holds for the name)
 */
export function readFilter(reader: Reader, version: number): AclFilter | undefined {
  const resourceType = reader.int8();
  const resourceName = reader.nullableString();
  const patternType = version >= 1 ? reader.int8() : PATTERN_TYPES.Literal;
  const [principal, host] = [reader.nullableString(), reader.nullableString()];
  const [operation, permission] = [reader.int8(), reader.int8()];
  reader.tags();
  const filter: AclFilter = {
    resourceType: nameOf(RESOURCE_TYPES, resourceType),
    resourceName,
    patternType: patternType === MATCH ? 'Match' : nameOf(PATTERN_TYPES, patternType),
    ...{ principal, host },
    operation: nameOf(OPERATIONS, operation),
    permission: nameOf(PERMISSIONS, permission),
  };
  const isKnown =
    (filter.resourceType !== undefined || resourceType === ANY) &&
    (filter.patternType !== undefined || patternType === ANY) &&
    (filter.operation !== undefined || operation === ANY) &&
    (filter.permission !== undefined || permission === ANY);
  return isKnown ? filter : undefined;
}

/** `int8 resourceType · string name · v1+ int8 patternType` */
export function writeResource(writer: Writer, version: number, acl: Acl): void {
  writer.int8(RESOURCE_TYPES[acl.resourceType]).string(acl.resourceName);
  if (version >= 1) writer.int8(PATTERN_TYPES[acl.patternType]);
}

/** `string principal · string host · int8 operation · int8 permission` */
export function writeRule(writer: Writer, acl: Acl): void {
  writer.string(acl.principal).string(acl.host).int8(OPERATIONS[acl.operation]).int8(PERMISSIONS[acl.permission]);
  writer.tags();
}
