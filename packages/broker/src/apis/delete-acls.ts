import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Acl } from '../security/acl.ts';
import { readFilter, writeResource, writeRule } from './acl-messages.ts';
import type { Api } from './api.ts';
import { settled } from './storage-error.ts';

interface Result {
  readonly error: KafkaErrorName;
  readonly message: string | null;
  readonly deleted: readonly Acl[];
}

/**
 * DeleteAcls (31), v0-3. Deletes whatever each filter matches and says what that was.
 *
 *     request   [a filter, see readFilter]
 *     response  int32 throttleMs · [int16 error · nullable string message · [int16 error · nullable string message
 *               · int8 resourceType · string name · v1+ int8 patternType · string principal · string host · int8 operation
 *               · int8 permission]]
 */
export const deleteAcls: Api = {
  key: 31,
  name: 'DeleteAcls',
  versions: [0, 3],
  flexibleFrom: 2,
  handle: async ({ version, body, access }, broker) => {
    const filters = body.array((r) => readFilter(r, version));
    const allowed = access.may('Cluster:Alter');
    const results = filters.map((filter): Result => {
      if (!allowed) return refused('CLUSTER_AUTHORIZATION_FAILED', 'Cluster authorization failed.');
      if (broker.authorizer.mode === 'off')
        return refused('SECURITY_DISABLED', 'No Authorizer is configured on the broker');
      if (filter === undefined) return refused('INVALID_REQUEST', 'the filter has an unknown number');
      return { error: 'NONE', message: null, deleted: broker.acls.find(filter) };
    });
    const disk = await settled(broker.acls.remove(results.flatMap(({ deleted }) => deleted)), broker);
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ error, message, deleted }, w) => {
        w.int16(errorCode(error === 'NONE' ? disk : error)).nullableString(message);
        w.array(disk === 'NONE' ? deleted : [], (acl) => {
          w.int16(0).nullableString(null);
          writeResource(w, version, acl);
          writeRule(w, acl);
        });
        w.tags();
      });
      writer.tags();
    };
  },
};

function refused(error: KafkaErrorName, message: string): Result {
  return { error, message, deleted: [] };
}
