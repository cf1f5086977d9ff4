import { Reader, Writer } from '@millrace/kafka-protocol';
import { KafkaAnswer } from './errors.ts';
import { type Exchange, encodedBy } from './kafkajs.ts';

/**
 * DescribeTransactions v0 (KIP-664) of one id; the answer is its state, `Empty` when the coordinator does not know it.
 *
 *     request   header tags · [transactional_id cstr] · tags
 *     response  header tags · throttle_ms i32 · [error i16 · transactional_id cstr · state cstr · timeout_ms i32 · start_ms i64
 *               · producer_id i64 · producer_epoch i16 · [topic cstr · [partition i32] · tags] · tags] · tags
 */
export function describeTransactionRequest(transactionalId: string): Exchange<string> {
  return {
    request: {
      apiKey: 65,
      apiVersion: 0,
      apiName: 'DescribeTransactions',
      encode: async () => {
        const writer = new Writer({ flexible: true });
        writer.tags().array([transactionalId], (id) => writer.string(id));
        return encodedBy(writer.tags().toBuffer());
      },
    },
    response: { decode: async (payload) => decode(payload), parse: async (answer) => answer },
  };
}

const TRANSACTIONAL_ID_NOT_FOUND = 105;

function decode(payload: Buffer): string {
  const reader = new Reader(payload, { flexible: true });
  reader.tags();
  reader.int32();
  const [state] = reader.array(() => {
    const errorCode = reader.int16();
    const id = reader.string();
    const name = reader.string();
    reader.raw(22);
    reader.array(() => {
      reader.string();
      reader.array(() => reader.int32());
      reader.tags();
    });
    reader.tags();
    if (errorCode === TRANSACTIONAL_ID_NOT_FOUND) return 'Empty';
    if (errorCode !== 0) throw new KafkaAnswer(errorCode, `transaction '${id}'`);
    return name;
  });
  return state ?? 'Empty';
}
