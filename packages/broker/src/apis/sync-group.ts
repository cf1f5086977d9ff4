import { errorCode } from '@millrace/kafka-protocol';
import { syncError } from '../groups/group-messages.ts';
import type { Api } from './api.ts';

/**
 * SyncGroup (14), v0-5. Parked until the leader has sent the assignment.
 *
 *     request   string group · int32 generation · string memberId · v3+ nullable string instanceId
 *               · v5+ nullable string protocolType · nullable string protocol · [string memberId · bytes assignment]
 *     response  v1+ int32 throttleMs · int16 error · v5+ nullable string protocolType · nullable string protocol · bytes assignment
 */
export const syncGroup: Api = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  handle: async ({ version, body, access }, broker) => {
    const group = body.string();
    const generation = body.int32();
    const memberId = body.string();
    const instanceId = version >= 3 ? body.nullableString() : null;
    const protocolType = version >= 5 ? body.nullableString() : null;
    const protocol = version >= 5 ? body.nullableString() : null;
    const assignments = body.array((r): [string, Buffer] => {
      const entry: [string, Buffer] = [r.string(), r.bytes()];
      r.tags();
      return entry;
    });
    const refusal = !access.may('Group:Read', group)
      ? 'GROUP_AUTHORIZATION_FAILED'
      : broker.groups.get(group)?.findDisagreement(memberId, generation, { protocolType, protocol });
    const result =
      refusal === undefined
        ? await broker.groups.sync(group, memberId, instanceId, generation, new Map(assignments))
        : syncError(refusal);
    return (writer) => {
      if (version >= 1) writer.int32(0);
      writer.int16(errorCode(result.error));
      if (version >= 5) writer.nullableString(result.protocolType).nullableString(result.protocol);
      writer.bytes(result.assignment).tags();
    };
  },
};
