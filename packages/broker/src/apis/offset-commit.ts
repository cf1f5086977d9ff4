import type { Api } from './api.ts';
import { accepted, judgeOffsets, readCommittedOffsets, writeCommitAnswers } from './committed-partitions.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * OffsetCommit (8), v0-9.
 *
 *     request   string group · v1+ int32 generation · string memberId · v7+ nullable string instanceId
 *               · v2-4 int64 retentionMs
 *               · [string topic · [int32 partition · int64 offset · v6+ int32 leaderEpoch · v1 int64 timestamp
 *                 · nullable string metadata]]
 *     response  v3+ int32 throttleMs · [string topic · [int32 partition · int16 error]]
 */
export const offsetCommit: Api = {
  key: 8,
  name: 'OffsetCommit',
  versions: [0, 9],
  flexibleFrom: 8,
  handle: async ({ version, body, access }, broker) => {
    const group = body.string();
    const generation = version >= 1 ? body.int32() : -1;
    const memberId = version >= 1 ? body.string() : '';
    const instanceId = version >= 7 ? body.nullableString() : null;
    if (version >= 2 && version <= 4) body.int64();
    const offsets = readCommittedOffsets(body, { leaderEpoch: version >= 6, timestamp: version === 1 }, broker.now());
    const error = access.may('Group:Read', group)
      ? broker.groups.checkCommit(group, memberId, instanceId, generation)
      : 'GROUP_AUTHORIZATION_FAILED';
    const judged = judgeOffsets(offsets, error, access, broker);
    const stored = accepted(judged);
    const disk = stored.length > 0 ? await orUnavailable(broker.offsets.commit(group, stored), broker) : undefined;
    const answers = disk === undefined ? judged : judgeOffsets(offsets, disk, access, broker);
    return (writer) => {
      if (version >= 3) writer.int32(0);
      writeCommitAnswers(writer, answers);
      writer.tags();
    };
  },
};
