import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * LeaveGroup (13), v0-5.
 *
 *     request   string group · v0-2 string memberId · v3+ [string memberId · nullable string instanceId · v5+ nullable string reason]
 *     response  v1+ int32 throttleMs · int16 error · v3+ [string memberId · nullable string instanceId · int16 error]
 */
export const leaveGroup: Api = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  handle: ({ version, body, access }, broker) => {
    const group = body.string();
    const leaving =
      version < 3
        ? [{ memberId: body.string(), instanceId: null }]
        : body.array((r) => {
            const member = {
              memberId: r.string(),
              instanceId: r.nullableString(),
            };
            if (version >= 5) r.nullableString();
            r.tags();
            return member;
          });
    const allowed = access.may('Group:Read', group);
    const results = (allowed ? leaving : []).map(({ memberId, instanceId }) => ({
      ...{ memberId, instanceId },
      error: broker.groups.leave(group, memberId, instanceId),
    }));
    return (writer) => {
      if (version >= 1) writer.int32(0);
      const first = version < 3 ? (results[0]?.error ?? 'NONE') : 'NONE';
      writer.int16(errorCode(allowed ? first : 'GROUP_AUTHORIZATION_FAILED'));
      if (version >= 3) {
        writer.array(results, ({ memberId, instanceId, error }, w) => {
          w.string(memberId).nullableString(instanceId).int16(errorCode(error)).tags();
        });
      }
      writer.tags();
    };
  },
};
