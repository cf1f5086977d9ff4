import type { KafkaErrorName } from '@millrace/kafka-protocol';
import type { Access } from '../security/access.ts';
import type { Api } from './api.ts';
import { accepted, judgeOffsets, readCommittedOffsets, writeCommitAnswers } from './committed-partitions.ts';
import { fencedError } from './fenced-error.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * TxnOffsetCommit (28), v0-4. The offsets wait for the end of the transaction.
 *
 *     request   string transactionalId · string group · int64 producerId · int16 epoch
 *               · v3+ int32 generation · string memberId · nullable string instanceId
 *               · [string topic · [int32 partition · int64 offset · v2+ int32 leaderEpoch · nullable string metadata]]
 *     response  int32 throttleMs · [string topic · [int32 partition · int16 error]]
 */
export const txnOffsetCommit: Api = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 4],
  flexibleFrom: 3,
  handle: async ({ version, body, access }, broker) => {
    const id = body.string();
    const group = body.string();
    const identity = { producerId: body.int64(), epoch: body.int16() };
    const generation = version >= 3 ? body.int32() : -1;
    const memberId = version >= 3 ? body.string() : '';
    const instanceId = version >= 3 ? body.nullableString() : null;
    const offsets = readCommittedOffsets(body, { leaderEpoch: version >= 2, timestamp: false }, broker.now());
    const forbidden = findForbidden(id, group, access);
    const refusal = forbidden ?? broker.transactions.findOffsetsError(id, identity, group);
    // Without a generation (older clients) there is nothing to compare the group with; the epoch fences instead.
    const member = generation >= 0 ? broker.groups.checkCommit(group, memberId, instanceId, generation) : 'NONE';
    const error = refusal === undefined ? member : fencedError(refusal, version);
    const judged = judgeOffsets(offsets, error, access, broker);
    const stored = accepted(judged);
    const disk =
      stored.length > 0
        ? await orUnavailable(broker.offsets.pend(group, identity.producerId, stored), broker)
        : undefined;
    const answers = disk === undefined ? judged : judgeOffsets(offsets, disk, access, broker);
    return (writer) => {
      writer.int32(0);
      writeCommitAnswers(writer, answers);
      writer.tags();
    };
  },
};

/** Why offsets of a group may not be part of a transaction. */
export function findForbidden(transactionalId: string, group: string, access: Access): KafkaErrorName | undefined {
  if (!access.may('TransactionalId:Write', transactionalId)) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  return access.may('Group:Read', group) ? undefined : 'GROUP_AUTHORIZATION_FAILED';
}
