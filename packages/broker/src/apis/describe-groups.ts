import { errorCode, type Writer } from '@millrace/kafka-protocol';
import type { Group } from '../groups/group.ts';
import type { Api } from './api.ts';

const NO_OPERATIONS = -2_147_483_648;

/**
 * DescribeGroups (15), v0-5.
 *
 *     request   [string group] · v3+ bool includeOperations
 *     response  v1+ int32 throttleMs
 *               · [int16 error · string group · string state · string protocolType · string protocol
 *                 · [string memberId · v4+ nullable string instanceId · string clientId · string host · bytes metadata · bytes assignment]
 *                 · v3+ int32 operations]
 */
export const describeGroups: Api = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 5],
  flexibleFrom: 5,
  handle: ({ version, body, access }, broker) => {
    const ids = body.array((r) => r.string());
    const withOperations = version >= 3 && body.boolean();
    return (writer) => {
      if (version >= 1) writer.int32(0);
      writer.array(ids, (id, w) => {
        const allowed = access.may('Group:Describe', id);
        const group = allowed ? broker.groups.get(id) : undefined;
        const absent = broker.offsets.has(id) ? 'Empty' : 'Dead';
        w.int16(errorCode(allowed ? 'NONE' : 'GROUP_AUTHORIZATION_FAILED'));
        w.string(id).string(allowed ? (group?.state ?? absent) : '');
        w.string(group?.protocolType ?? '').string(settledProtocol(group) ?? '');
        writeMembers(w, version, group);
        if (version >= 3) w.int32(allowed && withOperations ? access.operationBits('Group', id) : NO_OPERATIONS);
        w.tags();
      });
      writer.tags();
    };
  },
};

/** What the members agreed on; while they rebalance that is nothing. */
function settledProtocol(group: Group | undefined): string | null {
  return group?.state === 'Stable' ? group.protocol : null;
}

function writeMembers(writer: Writer, version: number, group: Group | undefined): void {
  writer.array([...(group?.members.values() ?? [])], (member, w) => {
    w.string(member.id);
    if (version >= 4) w.nullableString(member.instanceId);
    w.string(member.clientId).string(`/${member.clientHost}`);
    w.bytes(member.metadata(settledProtocol(group)))
      .bytes(member.assignment)
      .tags();
  });
}
