import { errorCode } from '@millrace/kafka-protocol';
import { type JoinRequest, joinError } from '../groups/group-messages.ts';
import type { Api } from './api.ts';

/**
 * JoinGroup (11), v0-9. Parked until the generation is complete.
 *
 *     request   string group · int32 sessionTimeoutMs · v1+ int32 rebalanceTimeoutMs · string memberId
 *               · v5+ nullable string instanceId · string protocolType · [string name · bytes metadata]
 *               · v8+ nullable string reason
 *     response  v2+ int32 throttleMs · int16 error · int32 generation · v7+ nullable string protocolType
 *               · (nullable from v7) string protocol · string leader · v9+ bool skipAssignment · string memberId
 *               · [string memberId · v5+ nullable string instanceId · bytes metadata]
 */
export const joinGroup: Api = {
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  handle: async ({ version, body, clientId, clientHost, access }, broker) => {
    const group = body.string();
    const sessionTimeoutMs = body.int32();
    const rebalanceTimeoutMs = version >= 1 ? body.int32() : sessionTimeoutMs;
    const memberId = body.string();
    const instanceId = version >= 5 ? body.nullableString() : null;
    const protocolType = body.string();
    const protocols = body.array((r) => {
      // Copied: a view would keep the whole request in memory as long as the member lives.
      const protocol = { name: r.string(), metadata: Buffer.from(r.bytes()) };
      r.tags();
      return protocol;
    });
    const request: JoinRequest = {
      ...{
        memberId,
        instanceId,
        clientId,
        clientHost,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType,
        protocols,
      },
      memberIdRequired: version >= 4,
      skipAssignmentSupported: version >= 9,
    };
    const result = access.may('Group:Read', group)
      ? await broker.groups.join(group, request)
      : joinError('GROUP_AUTHORIZATION_FAILED', memberId);
    return (writer) => {
      if (version >= 2) writer.int32(0);
      writer.int16(errorCode(result.error)).int32(result.generation);
      if (version >= 7) writer.nullableString(result.protocolType).nullableString(result.protocol);
      else writer.string(result.protocol ?? '');
      writer.string(result.leader);
      if (version >= 9) writer.boolean(result.skipAssignment);
      writer.string(result.memberId);
      writer.array(result.members, (member, w) => {
        w.string(member.id);
        if (version >= 5) w.nullableString(member.instanceId);
        w.bytes(member.metadata).tags();
      });
      writer.tags();
    };
  },
};
