import { errorCode, type KafkaErrorName, type Reader } from '@millrace/kafka-protocol';
import {
  type Acl,
  CLUSTER_NAME,
  nameOf,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
} from '../security/acl.ts';
import type { Api } from './api.ts';
import { settled } from './storage-error.ts';

const NAME_LENGTH_MAX = 1024;

type Wish = { readonly acl: Acl } | { readonly problem: string };

/**
 * CreateAcls (30), v0-3. Rules that are there already are not an error.
 *
 *     request   [int8 resourceType · string name · v1+ int8 patternType · string principal · string host · int8 operation
 *               · int8 permission]
 *     response  int32 throttleMs · [int16 error · nullable string message]
 */
export const createAcls: Api = {
  key: 30,
  name: 'CreateAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  handle: async ({ version, body, access }, broker) => {
    const wishes = body.array((r) => readWish(r, version));
    const refusal = findRefusal(wishes.length);
    const results = wishes.map((wish) => ({ wish, ...(refusal ?? judge(wish)) }));
    const granted = results.flatMap(({ wish, error }) => (error === 'NONE' && 'acl' in wish ? [wish.acl] : []));
    const disk = await settled(broker.acls.add(granted), broker);
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ error, message }, w) =>
        w
          .int16(errorCode(error === 'NONE' ? disk : error))
          .nullableString(message)
          .tags(),
      );
      writer.tags();
    };

    function findRefusal(count: number): Judgement | undefined {
      if (!access.may('Cluster:Alter')) {
        return { error: 'CLUSTER_AUTHORIZATION_FAILED', message: 'Cluster authorization failed.' };
      }
      if (broker.authorizer.mode === 'off') {
        return { error: 'SECURITY_DISABLED', message: 'No Authorizer is configured on the broker' };
      }
      return broker.acls.hasRoomFor(count)
        ? undefined
        : { error: 'INVALID_REQUEST', message: 'there are too many ACLs' };
    }
  },
};

interface Judgement {
  readonly error: KafkaErrorName;
  readonly message: string | null;
}

function judge(wish: Wish): Judgement {
  return 'acl' in wish ? { error: 'NONE', message: null } : { error: 'INVALID_REQUEST', message: wish.problem };
}

function readWish(reader: Reader, version: number): Wish {
  const resourceType = nameOf(RESOURCE_TYPES, reader.int8());
  const resourceName = reader.string();
  const patternType = version >= 1 ? nameOf(PATTERN_TYPES, reader.int8()) : 'Literal';
  const [principal, host] = [reader.string(), reader.string()];
  const operation = nameOf(OPERATIONS, reader.int8());
  const permission = nameOf(PERMISSIONS, reader.int8());
  reader.tags();
  if (resourceType === undefined) return { problem: 'resource types are topic, group, cluster and transactional id' };
  if (patternType === undefined) return { problem: 'pattern types are literal and prefixed' };
  if (operation === undefined) return { problem: 'a rule has one operation, or all' };
  if (permission === undefined) return { problem: 'a rule allows or denies' };
  if (resourceType === 'Cluster' && resourceName !== CLUSTER_NAME) return { problem: `the cluster is ${CLUSTER_NAME}` };
  if (resourceName === '' || host === '') return { problem: 'resource and host have names' };
  if (!/^User:./.test(principal)) return { problem: 'a principal is User:name, or User:* for everybody' };
  if (Math.max(resourceName.length, principal.length, host.length) > NAME_LENGTH_MAX) {
    return { problem: `names are at most ${NAME_LENGTH_MAX} characters` };
  }
  return { acl: { resourceType, resourceName, patternType, principal, host, operation, permission } };
}
