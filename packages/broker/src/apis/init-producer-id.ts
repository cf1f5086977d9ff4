import { errorCode } from '@millrace/kafka-protocol';
import type { Api } from './api.ts';

/**
 * InitProducerId (22), v0-5. Without a transactional id: a new producer id. With one: the next epoch, after aborting
 * whatever the id had open; the former owner is fenced.
 *
 *     request   nullable string transactionalId · int32 timeoutMs · v3+ int64 producerId · int16 epoch
 *     response  int32 throttleMs · int16 error · int64 producerId · int16 epoch
 */
export const initProducerId: Api = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  handle: async ({ version, body }, broker) => {
    const transactionalId = body.nullableString();
    const timeoutMs = body.int32();
    const producerId = version >= 3 ? body.int64() : -1;
    const epoch = version >= 3 ? body.int16() : -1;
    const result = await broker.transactions.initProducer({
      ...{
        transactionalId,
        timeoutMs,
        current: { producerId, epoch },
        nowMs: broker.now(),
      },
    });
    return (writer) => {
      writer.int32(0);
      if (typeof result === 'string') {
        const error = result === 'PRODUCER_FENCED' && version < 4 ? 'INVALID_PRODUCER_EPOCH' : result;
        writer.int16(errorCode(error)).int64(-1).int16(-1);
      } else writer.int16(0).int64(result.producerId).int16(result.epoch);
      writer.tags();
    };
  },
};
