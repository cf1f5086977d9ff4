import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Acl } from '../security/acl.ts';
import { readFilter, writeResource, writeRule } from './acl-messages.ts';
import type { Api } from './api.ts';

/**
 * DescribeAcls (29), v0-3. Version 0 knows literal patterns only.
 *
 *     request   a filter, see readFilter; one with a number that means nothing finds nothing
 *     response  int32 throttleMs · int16 error · nullable string message
 *               · [int8 resourceType · string name · v1+ int8 patternType
 *                 · [string principal · string host · int8 operation · int8 permission]]
 */
export const describeAcls: Api = {
  key: 29,
  name: 'DescribeAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  handle: ({ version, body, access }, broker) => {
    const filter = readFilter(body, version);
    const found = filter === undefined ? [] : broker.acls.find(filter);
    const [error, message] = !access.may('Cluster:Describe')
      ? (['CLUSTER_AUTHORIZATION_FAILED', 'Cluster authorization failed.'] as const)
      : broker.authorizer.mode === 'off'
        ? (['SECURITY_DISABLED', 'No Authorizer is configured on the broker'] as const)
        : (['NONE', null] as const);
    return (writer) => {
      writer
        .int32(0)
        .int16(errorCode(error satisfies KafkaErrorName))
        .nullableString(message);
      writer.array(error === 'NONE' ? byResource(found) : [], (acls, w) => {
        const [first] = acls;
        if (first !== undefined) writeResource(w, version, first);
        w.array(acls, (acl) => writeRule(w, acl)).tags();
      });
      writer.tags();
    };
  },
};

function byResource(acls: readonly Acl[]): Acl[][] {
  const resources = new Map<string, Acl[]>();
  for (const acl of acls) {
    const key = JSON.stringify([acl.resourceType, acl.patternType, acl.resourceName]);
    const list = resources.get(key);
    if (list === undefined) resources.set(key, [acl]);
    else list.push(acl);
  }
  return [...resources.values()];
}
