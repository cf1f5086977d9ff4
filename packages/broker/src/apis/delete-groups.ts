import { errorCode, type KafkaErrorName } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * DeleteGroups (42), v0-2. Only groups without members.
 *
 *     request   [string group]
 *     response  int32 throttleMs · [string group · int16 error]
 */
export const deleteGroups: Api = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  handle: async ({ body, access }, broker) => {
    const ids = body.array((r) => r.string());
    const deleteOne = (id: string): Promise<KafkaErrorName> | KafkaErrorName =>
      access.may('Group:Delete', id) ? orUnavailable(broker.groups.delete(id), broker) : 'GROUP_AUTHORIZATION_FAILED';
    const results = await Promise.all(ids.map(async (id) => ({ id, error: await deleteOne(id) })));
    return (writer) => {
      writer.int32(0);
      writer.array(results, ({ id, error }, w) => w.string(id).int16(errorCode(error)).tags()).tags();
    };
  },
};
