import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';
import { fencedError } from './fenced-error.ts';
import { orUnavailable } from './storage-error.ts';
import { findForbidden } from './txn-offset-commit.ts';

/**
 * AddOffsetsToTxn (25), v0-4. Announces that offsets of a group will be committed with the transaction.
 *
 *     request   string transactionalId · int64 producerId · int16 epoch · string group
 *     response  int32 throttleMs · int16 error
 */
export const addOffsetsToTxn: Api = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexibleFrom: 3,
  handle: async ({ version, body, access }, broker) => {
    const id = body.string();
    const identity = { producerId: body.int64(), epoch: body.int16() };
    const group = body.string();
    const error =
      findForbidden(id, group, access) ??
      (await orUnavailable(broker.transactions.addGroup(id, identity, group, broker.now()), broker));
    return (writer) =>
      writer
        .int32(0)
        .int16(errorCode(fencedError(error, version)))
        .tags();
  },
};
