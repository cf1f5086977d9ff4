import { errorName } from '@millrace/kafka-protocol';
import type { KafkaClient } from './client.ts';
import { KafkaAnswer, kafkaError } from './errors.ts';
import { fetchRequest } from './fetch-request.ts';
import { retryingKafka } from './retry.ts';
import type { KafkaCommittable } from './transaction.ts';

/** How a sealed transaction ended, by the log of one partition it wrote to (all share the outcome). `gone`: retention took the evidence. */
export type Fate = 'committed' | 'aborted' | 'open' | 'gone';

/**
 * Asks the partition itself: while the transaction is open the last stable offset cannot pass its first
 * record; afterwards a read-committed Fetch there lists it, or does not, among the aborted ones.
 */
async function fateOf(client: KafkaClient, transaction: KafkaCommittable): Promise<Fate> {
  const { starts, producerId } = transaction;
  const [{ topic = transaction.topic, partition, offset } = { partition: 0, offset: 0 }] = starts;
  await client.refresh();
  const leader = client.leaderOf({ topic, partition });
  if (leader === undefined) throw new KafkaAnswer(LEADER_NOT_AVAILABLE, `partition ${partition} of topic '${topic}'`);
  const limits = { maxWaitMs: 0, maxBytes: 1, partitionMaxBytes: 1 };
  const [fetched] = await client.exchange(leader, fetchRequest([{ topic, partition, offset }], limits));
  if (fetched === undefined || errorName(fetched.errorCode) === 'OFFSET_OUT_OF_RANGE') return 'gone';
  if (fetched.errorCode !== 0) throw new KafkaAnswer(fetched.errorCode, `partition ${partition} of topic '${topic}'`);
  if (offset < fetched.logStartOffset) return 'gone';
  if (fetched.lastStableOffset <= offset) return 'open';
  const isAborted = fetched.aborted.some(
    (each) => each.producerId === Number(producerId) && each.firstOffset === offset,
  );
  return isAborted ? 'aborted' : 'committed';
}

const LEADER_NOT_AVAILABLE = 5;
const CONCURRENT_TRANSACTIONS = 51;

/** The same, waiting until it is decided. */
export async function decidedFateOf(
  client: KafkaClient,
  transaction: KafkaCommittable,
  signal: AbortSignal,
  deadlineMs?: number,
): Promise<Exclude<Fate, 'open'>> {
  try {
    return await retryingKafka(
      async () => {
        const fate = await fateOf(client, transaction);
        if (fate !== 'open') return fate;
        throw new KafkaAnswer(CONCURRENT_TRANSACTIONS, `transaction '${transaction.transactionalId}'`);
      },
      deadlineMs === undefined ? { signal } : { signal, deadlineMs },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw kafkaError(error, `finding out how transaction '${transaction.transactionalId}' ended`);
  }
}
