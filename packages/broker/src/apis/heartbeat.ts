import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * Heartbeat (12), v0-4.
 *
 *     request   string group · int32 generation · string memberId · v3+ nullable string instanceId
 *     response  v1+ int32 throttleMs · int16 error
 */
export const heartbeat: Api = {
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  handle: ({ version, body, access }, broker) => {
    const group = body.string();
    const generation = body.int32();
    const memberId = body.string();
    const instanceId = version >= 3 ? body.nullableString() : null;
    const error = access.may('Group:Read', group)
      ? broker.groups.heartbeat(group, memberId, instanceId, generation)
      : 'GROUP_AUTHORIZATION_FAILED';
    return (writer) => {
      if (version >= 1) writer.int32(0);
      writer.int16(errorCode(error)).tags();
    };
  },
};
