import { errorCode, type KafkaErrorName, type Writer } from '@millrace/kafka-protocol';
import type { Access } from '../security/access.ts';
import type { Api } from './api.ts';
import { orUnavailable } from './storage-error.ts';

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
  handle: async ({ version, body, access }, broker) => {
    const transactionalId = body.nullableString();
    const timeoutMs = body.int32();
    const producerId = version >= 3 ? body.int64() : -1;
    const epoch = version >= 3 ? body.int16() : -1;
    const forbidden = findForbidden(transactionalId, access);
    if (forbidden !== undefined) return (writer) => writeRefusal(writer, forbidden);
    const current = { producerId, epoch };
    const result = await orUnavailable(
      broker.transactions.initProducer({ transactionalId, timeoutMs, current, nowMs: broker.now() }),
      broker,
    );
    return (writer) => {
      if (typeof result === 'string') {
        writeRefusal(writer, result === 'PRODUCER_FENCED' && version < 4 ? 'INVALID_PRODUCER_EPOCH' : result);
      } else writer.int32(0).int16(0).int64(result.producerId).int16(result.epoch).tags();
    };
  },
};

function findForbidden(transactionalId: string | null, access: Access): KafkaErrorName | undefined {
  if (transactionalId !== null) {
    return access.may('TransactionalId:Write', transactionalId) ? undefined : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  }
  const allowed = access.may('Cluster:IdempotentWrite') || access.maySomewhere('Topic:Write');
  return allowed ? undefined : 'CLUSTER_AUTHORIZATION_FAILED';
}

function writeRefusal(writer: Writer, error: KafkaErrorName): void {
  writer.int32(0).int16(errorCode(error)).int64(-1).int16(-1).tags();
}
