import type { KafkaErrorName } from '@millrace/kafka-protocol';

/** From v2 on the transaction APIs call a fenced producer PRODUCER_FENCED; older clients only know the epoch error. */
export function fencedError(error: KafkaErrorName, version: number): KafkaErrorName {
  return error === 'INVALID_PRODUCER_EPOCH' && version >= 2 ? 'PRODUCER_FENCED' : error;
}
