import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';
import { fencedError } from './fenced-error.ts';
import { orUnavailable } from './storage-error.ts';

/**
 * EndTxn (26), v0-4. Answered when the outcome is durable and visible. Any connection may ask that knows producer id and
 * epoch: a committer finishes the transaction of a writer that died.
 *
 *     request   string transactionalId · int64 producerId · int16 epoch · bool committed
 *     response  int32 throttleMs · int16 error
 */
export const endTxn: Api = {
  key: 26,
  name: 'EndTxn',
  versions: [0, 4],
  flexibleFrom: 3,
  handle: async ({ version, body, access }, broker) => {
    const id = body.string();
    const identity = { producerId: body.int64(), epoch: body.int16() };
    const error = access.may('TransactionalId:Write', id)
      ? await orUnavailable(broker.transactions.end(id, identity, body.boolean(), broker.now()), broker)
      : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
    return (writer) =>
      writer
        .int32(0)
        .int16(errorCode(fencedError(error, version)))
        .tags();
  },
};
